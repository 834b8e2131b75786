#pragma once
#include <atomic>

#include "decode/decoder.h"
#include "decode/layer_memory.h"
#include "ort/graph_run.h"
#include "workers.h"

namespace autoprune {

// One token, or a few, through all layers, in place of their rows of `hidden`. They may follow one another in one sequence,
// or belong to several: each has a row of a cache of its own in every layer, and caches differ in length. Every weight is
// read once for all of them.
class TokenStep final : public Step {
public:
    // hidden (tokens, hidden), memory (tokens, layers); a token comes after those that it attends to.
    TokenStep(std::shared_ptr<const Decoder> decoder, float* hidden, std::vector<LayerMemory> memory);
    bool execute(const Cancellation* cancellation, Failure* failure) override;

private:
    struct Run;
    // Memory of one thread: a row on its way, each token's row in 8 bits, some outputs of each and where they go, and the
    // softmax of one head.
    struct Bench {
        std::vector<float> normed;
        std::vector<int8_t> values;
        std::vector<float> scales;
        std::vector<int32_t> offsets;
        std::vector<Int8Row> rows;
        std::vector<float> outputs;
        std::vector<float*> outs;
        std::vector<float> weights;
    };

    void work(Team& team, size_t member, Run& run);
    void project(size_t index, Bench& bench, const Team& team, size_t member);
    void attend(size_t index, Bench& bench, const Team& team, size_t member);
    void attend_token(size_t token, size_t head, const LayerMemory& memory, Bench& bench);
    void feed_forward(const DecoderLayer& layer, Bench& bench, const Team& team, size_t member);
    void add_product(const Int4Matrix& matrix, const std::vector<float>& x, Bench& bench, const Team& team, size_t member);
    template <class Out>
    void multiply(const Int4Matrix& matrix, Bench& bench, size_t begin, size_t end, const Out& out_of) const;
    void quantize(const std::vector<float>& x, Bench& bench) const;
    void quantize_normed(const float* norm, Bench& bench) const;
    const LayerMemory& memory(size_t token, size_t layer) const { return memory_[token * decoder_->layers.size() + layer]; }

    std::shared_ptr<const Decoder> decoder_;
    float* hidden_;
    std::vector<LayerMemory> memory_;
    const size_t tokens_;
    std::vector<Bench> benches_;
    // (tokens, ...)
    std::vector<float> key_;
    std::vector<float> value_;
    std::vector<float> attended_;
    std::vector<float> gated_;
};

}  // namespace autoprune
