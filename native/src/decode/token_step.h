#pragma once
#include <atomic>

#include "decode/decoder.h"
#include "ort/graph_run.h"
#include "workers.h"

namespace autoprune {

// What one layer of a sequence needs for a token, in memory that belongs to someone else.
struct LayerMemory {
    // Cache (key_value_heads, capacity, head_size)
    float* key = nullptr;
    float* value = nullptr;
    size_t capacity = 0;
    // Row of the cache that the token goes to; the rows before it are attended. Read when the step runs.
    const int32_t* row = nullptr;
    // Of the token's position (head_size / 2)
    const float* cosines = nullptr;
    const float* sines = nullptr;
    // Rotated query (heads * head_size), for whoever wants to see it after
    float* query = nullptr;
};

// One token through all layers, in place of `hidden`. Ragged: every layer's cache has a length of its own.
class TokenStep final : public Step {
public:
    TokenStep(std::shared_ptr<const Decoder> decoder, float* hidden, std::vector<LayerMemory> memory);
    bool execute(const Cancellation* cancellation, Failure* failure) override;

private:
    struct Run;
    // Memory of one thread: a normed row, its 8-bit form, and the softmax of one head.
    struct Bench {
        std::vector<float> normed;
        std::vector<int8_t> values;
        std::vector<float> scales;
        std::vector<int32_t> offsets;
        std::vector<float> weights;
    };

    void work(Team& team, size_t member, Run& run);
    void project(const DecoderLayer& layer, const LayerMemory& memory, Bench& bench, const Team& team, size_t member);
    void attend(const LayerMemory& memory, Bench& bench, const Team& team, size_t member);
    void feed_forward(const DecoderLayer& layer, Bench& bench, const Team& team, size_t member);
    void add_product(const Int4Matrix& matrix, const float* x, size_t width, Bench& bench, const Team& team, size_t member);
    Int8Row quantized(Bench& bench, const float* x, size_t width) const;

    std::shared_ptr<const Decoder> decoder_;
    float* hidden_;
    std::vector<LayerMemory> memory_;
    std::vector<Bench> benches_;
    std::vector<float> key_;
    std::vector<float> value_;
    std::vector<float> attended_;
    std::vector<float> gated_;
};

}  // namespace autoprune
