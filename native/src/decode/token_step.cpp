#include "decode/token_step.h"

#include <algorithm>

#include "ort/append_rows.h"

namespace autoprune {
namespace {

// Outputs of a product that one thread takes at least, and that all tokens take while their weights are at hand: a cache line.
constexpr size_t kGrain = 16;

// Calls work(begin, end) for runs of the thread's outputs.
template <class Work>
void for_outputs(size_t outputs, const Team& team, size_t member, const Work& work) {
    const Span span = span_of(outputs, kGrain, team.size(), member);
    for (size_t begin = span.begin; begin < span.end; begin += kGrain) { work(begin, std::min(begin + kGrain, span.end)); }
}

}  // namespace

struct TokenStep::Run {
    TokenStep* step;
    const Cancellation* cancellation;
    std::atomic<bool> stopped{false};
};

TokenStep::TokenStep(std::shared_ptr<const Decoder> decoder, float* hidden, std::vector<LayerMemory> memory)
    : decoder_(std::move(decoder)), hidden_(hidden), memory_(std::move(memory)), tokens_(memory_.size() / decoder_->layers.size()) {
    const DecoderShape& shape = decoder_->shape;
    const size_t widest = std::max({shape.hidden, shape.intermediate, shape.query_width()});
    const size_t blocks = (widest + kInt4Block - 1) / kInt4Block;
    size_t rows = 0;
    for (const LayerMemory& layer : memory_) { rows = std::max(rows, layer.capacity); }
    benches_.resize(decoder_->threads);
    for (Bench& bench : benches_) {
        bench.normed.resize(shape.hidden);
        bench.values.resize(tokens_ * blocks * kInt4Block);
        bench.scales.resize(tokens_ * blocks);
        bench.offsets.resize(tokens_ * blocks);
        for (size_t token = 0; token < tokens_; token++) {
            const size_t first = token * blocks;
            bench.rows.push_back({bench.values.data() + first * kInt4Block, bench.scales.data() + first, bench.offsets.data() + first});
        }
        bench.outputs.resize(tokens_ * kGrain);
        bench.outs.resize(tokens_);
        bench.weights.resize(rows);
    }
    key_.resize(tokens_ * shape.key_width());
    value_.resize(tokens_ * shape.key_width());
    attended_.resize(tokens_ * shape.query_width());
    gated_.resize(tokens_ * shape.intermediate);
}

bool TokenStep::execute(const Cancellation* cancellation, Failure* failure) {
    for (const LayerMemory& layer : memory_) {
        if (!fits_cache(*layer.row, 1, layer.capacity, failure)) { return false; }
    }
    Run run{this, cancellation};
    run_team(benches_.size(), [](void* context, Team& team, size_t member) {
        Run& run = *static_cast<Run*>(context);
        run.step->work(team, member, run);
    }, &run);
    if (run.stopped) { *failure = "cancelled"; }
    return !run.stopped;
}

void TokenStep::work(Team& team, size_t member, Run& run) {
    Bench& bench = benches_[member];
    for (size_t index = 0; index < decoder_->layers.size(); index++) {
        const DecoderLayer& layer = decoder_->layers[index];
        if (member == 0 && run.cancellation != nullptr && run.cancellation->cancelled()) { run.stopped = true; }
        project(index, bench, team, member);
        team.meet();
        if (run.stopped) { return; }
        attend(index, bench, team, member);
        team.meet();
        add_product(layer.output, attended_, bench, team, member);
        team.meet();
        feed_forward(layer, bench, team, member);
        team.meet();
        add_product(layer.down, gated_, bench, team, member);
        team.meet();
    }
}

// x (tokens, width)
void TokenStep::quantize(const std::vector<float>& x, Bench& bench) const {
    const size_t width = x.size() / tokens_;
    for (size_t token = 0; token < tokens_; token++) {
        decoder_->kernels->quantize_row(bench.rows[token], x.data() + token * width, width);
    }
}

// Every thread norms the rows for itself, which is sooner done than waited for.
void TokenStep::quantize_normed(const float* norm, Bench& bench) const {
    const Kernels& kernels = *decoder_->kernels;
    const DecoderShape& shape = decoder_->shape;
    for (size_t token = 0; token < tokens_; token++) {
        kernels.root_mean_square_norm(bench.normed.data(), hidden_ + token * shape.hidden, norm, shape.hidden, shape.epsilon);
        kernels.quantize_row(bench.rows[token], bench.normed.data(), shape.hidden);
    }
}

// Outputs of a product for every token, to out_of(token).
template <class Out>
void TokenStep::multiply(const Int4Matrix& matrix, Bench& bench, size_t begin, size_t end, const Out& out_of) const {
    for (size_t token = 0; token < tokens_; token++) { bench.outs[token] = out_of(token); }
    decoder_->kernels->multiply_int4(bench.outs.data(), matrix, bench.rows.data(), tokens_, begin, end);
}

// Queries, keys and values of the tokens.
void TokenStep::project(size_t index, Bench& bench, const Team& team, size_t member) {
    const DecoderLayer& layer = decoder_->layers[index];
    const size_t key_width = decoder_->shape.key_width();
    quantize_normed(layer.input_norm, bench);
    const auto part = [&](const Int4Matrix& matrix, const auto& out_of) {
        for_outputs(matrix.outputs, team, member, [&](size_t begin, size_t end) {
            multiply(matrix, bench, begin, end, [&](size_t token) { return out_of(token) + begin; });
        });
    };
    part(layer.query, [&](size_t token) { return memory(token, index).query; });
    part(layer.key, [&](size_t token) { return key_.data() + token * key_width; });
    part(layer.value, [&](size_t token) { return value_.data() + token * key_width; });
}

// A thread has whole heads of keys: what a token attends to was put there by the same thread.
void TokenStep::attend(size_t index, Bench& bench, const Team& team, size_t member) {
    const Span span = span_of(decoder_->shape.key_value_heads, 1, team.size(), member);
    for (size_t head = span.begin; head < span.end; head++) {
        for (size_t token = 0; token < tokens_; token++) { attend_token(token, head, memory(token, index), bench); }
    }
}

// Puts a token's key and value of one head into the cache and attends to it.
void TokenStep::attend_token(size_t token, size_t head, const LayerMemory& memory, Bench& bench) {
    const Kernels& kernels = *decoder_->kernels;
    const DecoderShape& shape = decoder_->shape;
    const size_t width = shape.head_size;
    const size_t group = shape.heads / shape.key_value_heads;
    const size_t row = static_cast<size_t>(*memory.row);
    const size_t first = head * memory.capacity;
    float* const key = key_.data() + token * shape.key_width() + head * width;
    kernels.rotate(key, memory.cosines, memory.sines, width / 2);
    memory.put(kernels, first + row, key, value_.data() + token * shape.key_width() + head * width, width);
    const HeadCache cache = memory.rows_from(first, row + 1, width);
    for (size_t query_head = head * group; query_head < (head + 1) * group; query_head++) {
        float* const query = memory.query + query_head * width;
        kernels.rotate(query, memory.cosines, memory.sines, width / 2);
        kernels.attend(attended_.data() + token * shape.query_width() + query_head * width, bench.weights.data(), query, cache);
    }
}

void TokenStep::feed_forward(const DecoderLayer& layer, Bench& bench, const Team& team, size_t member) {
    const Kernels& kernels = *decoder_->kernels;
    const size_t width = decoder_->shape.intermediate;
    quantize_normed(layer.post_norm, bench);
    for_outputs(width, team, member, [&](size_t begin, size_t end) {
        const auto gate_of = [&](size_t token) { return gated_.data() + token * width + begin; };
        const auto up_of = [&](size_t token) { return bench.outputs.data() + token * kGrain; };
        multiply(layer.gate, bench, begin, end, gate_of);
        multiply(layer.up, bench, begin, end, up_of);
        for (size_t token = 0; token < tokens_; token++) { kernels.gate(gate_of(token), up_of(token), end - begin); }
    });
}

// hidden += matrix * x, the thread's part of it.
void TokenStep::add_product(const Int4Matrix& matrix, const std::vector<float>& x, Bench& bench, const Team& team, size_t member) {
    quantize(x, bench);
    for_outputs(matrix.outputs, team, member, [&](size_t begin, size_t end) {
        const auto part_of = [&](size_t token) { return bench.outputs.data() + token * kGrain; };
        multiply(matrix, bench, begin, end, part_of);
        for (size_t token = 0; token < tokens_; token++) {
            float* const row = hidden_ + token * decoder_->shape.hidden;
            const float* const part = part_of(token);
            for (size_t i = begin; i < end; i++) { row[i] += part[i - begin]; }
        }
    });
}

}  // namespace autoprune
