#include "decode/token_step.h"

#include <algorithm>
#include <cstring>

#include "ort/append_rows.h"

namespace autoprune {
namespace {

// Outputs of a product that one thread takes at least: a cache line of them.
constexpr size_t kGrain = 16;

}  // namespace

struct TokenStep::Run {
    TokenStep* step;
    const Cancellation* cancellation;
    std::atomic<bool> stopped{false};
};

TokenStep::TokenStep(std::shared_ptr<const Decoder> decoder, float* hidden, std::vector<LayerMemory> memory)
    : decoder_(std::move(decoder)), hidden_(hidden), memory_(std::move(memory)) {
    const DecoderShape& shape = decoder_->shape;
    const size_t widest = std::max({shape.hidden, shape.intermediate, shape.query_width()});
    const size_t blocks = (widest + kInt4Block - 1) / kInt4Block;
    size_t rows = 0;
    for (const LayerMemory& layer : memory_) { rows = std::max(rows, layer.capacity); }
    benches_.resize(decoder_->threads);
    for (Bench& bench : benches_) {
        bench.normed.resize(shape.hidden);
        bench.values.resize(blocks * kInt4Block);
        bench.scales.resize(blocks);
        bench.offsets.resize(blocks);
        bench.weights.resize(rows);
    }
    key_.resize(shape.key_width());
    value_.resize(shape.key_width());
    attended_.resize(shape.query_width());
    gated_.resize(shape.intermediate);
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
    for (size_t index = 0; index < memory_.size(); index++) {
        const DecoderLayer& layer = decoder_->layers[index];
        if (member == 0 && run.cancellation != nullptr && run.cancellation->cancelled()) { run.stopped = true; }
        project(layer, memory_[index], bench, team, member);
        team.meet();
        if (run.stopped) { return; }
        attend(memory_[index], bench, team, member);
        team.meet();
        add_product(layer.output, attended_.data(), attended_.size(), bench, team, member);
        team.meet();
        feed_forward(layer, bench, team, member);
        team.meet();
        add_product(layer.down, gated_.data(), gated_.size(), bench, team, member);
        team.meet();
    }
}

Int8Row TokenStep::quantized(Bench& bench, const float* x, size_t width) const {
    const Int8Row row{bench.values.data(), bench.scales.data(), bench.offsets.data()};
    decoder_->kernels->quantize_row(row, x, width);
    return row;
}

// Query, key and value of the token. Every thread norms the row for itself, which is sooner done than waited for.
void TokenStep::project(const DecoderLayer& layer, const LayerMemory& memory, Bench& bench, const Team& team, size_t member) {
    const Kernels& kernels = *decoder_->kernels;
    const DecoderShape& shape = decoder_->shape;
    kernels.root_mean_square_norm(bench.normed.data(), hidden_, layer.input_norm, shape.hidden, shape.epsilon);
    const Int8Row row = quantized(bench, bench.normed.data(), shape.hidden);
    const auto part = [&](float* out, const Int4Matrix& matrix) {
        const Span span = span_of(matrix.outputs, kGrain, team.size(), member);
        kernels.multiply_int4(out + span.begin, matrix, row, span.begin, span.end);
    };
    part(memory.query, layer.query);
    part(key_.data(), layer.key);
    part(value_.data(), layer.value);
}

// Puts the token's keys and values into the cache and attends to it. A thread has whole heads of keys.
void TokenStep::attend(const LayerMemory& memory, Bench& bench, const Team& team, size_t member) {
    const Kernels& kernels = *decoder_->kernels;
    const DecoderShape& shape = decoder_->shape;
    const size_t width = shape.head_size;
    const size_t group = shape.heads / shape.key_value_heads;
    const size_t row = static_cast<size_t>(*memory.row);
    const Span span = span_of(shape.key_value_heads, 1, team.size(), member);
    for (size_t head = span.begin; head < span.end; head++) {
        const size_t first = head * memory.capacity * width;
        kernels.rotate(key_.data() + head * width, memory.cosines, memory.sines, width / 2);
        std::memcpy(memory.key + first + row * width, key_.data() + head * width, width * sizeof(float));
        std::memcpy(memory.value + first + row * width, value_.data() + head * width, width * sizeof(float));
        for (size_t query_head = head * group; query_head < (head + 1) * group; query_head++) {
            float* const query = memory.query + query_head * width;
            kernels.rotate(query, memory.cosines, memory.sines, width / 2);
            kernels.attend(attended_.data() + query_head * width, bench.weights.data(), query,
                           {memory.key + first, memory.value + first, row + 1, width});
        }
    }
}

void TokenStep::feed_forward(const DecoderLayer& layer, Bench& bench, const Team& team, size_t member) {
    const Kernels& kernels = *decoder_->kernels;
    const DecoderShape& shape = decoder_->shape;
    kernels.root_mean_square_norm(bench.normed.data(), hidden_, layer.post_norm, shape.hidden, shape.epsilon);
    const Int8Row row = quantized(bench, bench.normed.data(), shape.hidden);
    const Span span = span_of(shape.intermediate, kGrain, team.size(), member);
    // Some rows at a time, so that what the gate needs is at hand.
    float up[kGrain];
    for (size_t begin = span.begin; begin < span.end; begin += kGrain) {
        const size_t end = std::min(begin + kGrain, span.end);
        kernels.multiply_int4(gated_.data() + begin, layer.gate, row, begin, end);
        kernels.multiply_int4(up, layer.up, row, begin, end);
        kernels.gate(gated_.data() + begin, up, end - begin);
    }
}

// hidden += matrix * x, the thread's part of it.
void TokenStep::add_product(const Int4Matrix& matrix, const float* x, size_t width, Bench& bench, const Team& team, size_t member) {
    const Int8Row row = quantized(bench, x, width);
    const Span span = span_of(matrix.outputs, kGrain, team.size(), member);
    float part[kGrain];
    for (size_t begin = span.begin; begin < span.end; begin += kGrain) {
        const size_t end = std::min(begin + kGrain, span.end);
        decoder_->kernels->multiply_int4(part, matrix, row, begin, end);
        for (size_t i = begin; i < end; i++) { hidden_[i] += part[i - begin]; }
    }
}

}  // namespace autoprune
