// Attention of text rows over chosen keys from queries and keys, without the full map: softmax(q · k / sqrt(width)) over
// the keys that a row sees, in float64, rounded to float32; then its statistics. First every row's highest logit and sum
// of exponentials, then the weights of the chosen keys alone.
#include "device.h"
#include "primitives.h"

namespace autoprune::cuda {
namespace {

constexpr int kKeys = kWarp;   // one a lane
constexpr int kRows = kWarps;  // one a warp
constexpr int kChunk = 128;    // channels at a time; 4 divides it

// The logit of this warp's row and this lane's key, in the reference's order: four sums over k mod 4, then
// (s0 + s1) + (s2 + s3); the rest of a width that 4 does not divide goes to s0. A key of -1 gives 0.
//
// queries (rows, width) from the block's first row on; keys (key_rows, width)
__device__ double tile_logit(const float* queries, int rows, const float* keys, int key, int width) {
    __shared__ float key_tile[kKeys][kChunk + 1];
    __shared__ float query_tile[kRows][kChunk];
    __shared__ int key_of[kKeys];
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    const int warp = static_cast<int>(threadIdx.x) / kWarp;
    const int whole = width / 4 * 4;
    double s[4] = {0, 0, 0, 0};
    if (warp == 0) { key_of[lane] = key; }
    for (int base = 0; base < width; base += kChunk) {
        const int length = width - base < kChunk ? width - base : kChunk;
        __syncthreads();
        for (int k = warp; k < kKeys; k += kRows) {
            const int row = key_of[k];
            for (int c = lane; c < length; c += kWarp) {
                key_tile[k][c] = row < 0 ? 0.0f : keys[static_cast<size_t>(row) * width + base + c];
            }
        }
        for (int c = lane; c < length; c += kWarp) {
            query_tile[warp][c] = warp < rows ? queries[static_cast<size_t>(warp) * width + base + c] : 0.0f;
        }
        __syncthreads();
        int c = 0;
        for (; base + c < whole && c < length; c += 4) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                s[i] = fma(static_cast<double>(query_tile[warp][c + i]), static_cast<double>(key_tile[lane][c + i]), s[i]);
            }
        }
        for (; c < length; c++) {
            s[0] = fma(static_cast<double>(query_tile[warp][c]), static_cast<double>(key_tile[lane][c]), s[0]);
        }
    }
    __syncthreads();
    return (s[0] + s[1] + (s[2] + s[3])) * (1 / sqrt(static_cast<double>(width)));
}

__device__ const float* keys_of_head(const TextRows& text, int head) {
    const size_t key_head = static_cast<size_t>(head) * text.key_heads / text.heads;
    return text.keys + key_head * text.key_rows * text.width;
}

// Where the block's rows are: rows left from `first_row` of `head` on.
__device__ const float* queries_at(const TextRows& text, int head, int first_row) {
    return text.queries + (static_cast<size_t>(head) * text.rows + first_row) * text.width;
}

}  // namespace

// highest, sum (heads, rows): of the logits that a row sees, and of exp(logit - highest).
extern "C" __global__ void __launch_bounds__(kThreads)
attention_rows_kernel(double* highest, double* sum, int* fault, TextRows text) {
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    const int head = static_cast<int>(blockIdx.y);
    const int first_row = static_cast<int>(blockIdx.x) * kRows;
    const int row = first_row + static_cast<int>(threadIdx.x) / kWarp;
    const int visible = row < text.rows ? text.first + row + 1 : 0;
    const int last_row = first_row + kRows < text.rows ? first_row + kRows : text.rows;
    const int limit = text.first + last_row;
    double high = -INFINITY;
    double total = 0;
    for (int base = 0; base < limit; base += kKeys) {
        const int key = base + lane;
        const double logit = tile_logit(queries_at(text, head, first_row), text.rows - first_row, keys_of_head(text, head),
                                        key < limit ? key : -1, text.width);
        if (key >= visible) { continue; }
        if (logit > high) {
            total = total * exp(high - logit) + 1;
            high = logit;
        } else {
            total += exp(logit - high);
        }
    }
    for (int mask = kWarp / 2; mask > 0; mask /= 2) {
        const double other_high = __shfl_xor_sync(kAllLanes, high, mask);
        const double other_total = __shfl_xor_sync(kAllLanes, total, mask);
        const double both = other_high > high ? other_high : high;
        // A lane that saw no key is at -inf, and -inf - -inf is no number.
        const double mine = high == both ? total : total * exp(high - both);
        total = mine + (other_high == both ? other_total : other_total * exp(other_high - both));
        high = both;
    }
    if (lane == 0 && row < text.rows) {
        const size_t at = static_cast<size_t>(head) * text.rows + row;
        highest[at] = high;
        sum[at] = total;
        if (!is_finite(high) || !is_finite(total)) { atomicOr(fault, kNotFinite); }
    }
}

// attention (heads, rows, count.limit): weights of the chosen keys; 0 for keys that a row does not see.
extern "C" __global__ void __launch_bounds__(kThreads)
attention_columns_kernel(float* attention, int* fault, const double* highest, const double* sum, TextRows text) {
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    const int head = static_cast<int>(blockIdx.z);
    const int first_row = static_cast<int>(blockIdx.y) * kRows;
    const int row = first_row + static_cast<int>(threadIdx.x) / kWarp;
    const int column = static_cast<int>(blockIdx.x) * kKeys + lane;
    const bool inside = column < value_of(text.count);
    int key = inside ? text.columns[column] : -1;
    if (inside && (key < 0 || key >= text.key_rows)) {
        atomicOr(fault, kOutOfRange);
        key = -1;
    }
    const double logit = tile_logit(queries_at(text, head, first_row), text.rows - first_row, keys_of_head(text, head), key,
                                    text.width);
    if (!inside || row >= text.rows) { return; }
    const size_t at = static_cast<size_t>(head) * text.rows + row;
    const bool seen = key >= 0 && key < text.first + row + 1;
    attention[at * text.count.limit + column] = seen ? static_cast<float>(exp(logit - highest[at]) / sum[at]) : 0.0f;
}

#if !defined(__CUDACC__)

bool attention_scores(Call& call, float* mean, double* information, const TextRows& text) {
    const size_t rows = static_cast<size_t>(text.heads) * text.rows;
    double* const highest = call.workspace.take<double>(rows);
    double* const sum = call.workspace.take<double>(rows);
    float* const attention = call.workspace.take<float>(rows * text.count.limit);
    const unsigned heads = static_cast<unsigned>(text.heads);
    const unsigned row_blocks = blocks_for(text.rows, kRows);
    if (call.launches()) {
        const bool launched =
            AUTOPRUNE_LAUNCH(call.queue, attention_rows_kernel, (Dimensions{row_blocks, heads}), kThreads, 0, highest, sum,
                             call.fault, text) &&
            AUTOPRUNE_LAUNCH(call.queue, attention_columns_kernel,
                             (Dimensions{blocks_for(text.count.limit, kKeys), row_blocks, heads}), kThreads, 0, attention,
                             call.fault, highest, sum, text);
        if (!launched) { return false; }
    }
    return attention_statistics(call, mean, information, attention, text.heads, text.rows, text.count);
}

#endif

}  // namespace autoprune::cuda
