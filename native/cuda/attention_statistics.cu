// Mean attention and mutual information of attention (heads, rows, columns), each value read once:
//
//   mean(c) = sum of A / (heads * rows),  MI = sum of A * log2 max(A / (sum over rows of A / t + t e), e) / t
//
// with t rows and e = 1e-6, sums in float64.
#include "device.h"
#include "primitives.h"

namespace autoprune::cuda {
namespace {

constexpr double kEpsilon = 1e-6;

// tile (rows, Columns) of one head; 0 past the columns. Filled by threads [from, kThreads).
template <int Columns>
__device__ void load_tile(float* tile, const float* attention, int head, int rows, Count columns, int first, int from) {
    const int count = value_of(columns);
    const float* const source = attention + static_cast<size_t>(head) * rows * columns.limit;
    for (int e = static_cast<int>(threadIdx.x) - from; e < rows * Columns; e += kThreads - from) {
        const int column = first + e % Columns;
        tile[e] = column < count ? source[static_cast<size_t>(e / Columns) * columns.limit + column] : 0.0f;
    }
}

__device__ double inverse_marginal(double sum, int rows) {
    const double count = rows;
    return 1 / (sum / count + count * kEpsilon);
}

// A * log2 max(A * inverse, e); NaN where it is not finite.
__device__ double term(float a, double inverse) {
    const double ratio = a * inverse;
    return a * log2(ratio < kEpsilon ? kEpsilon : ratio);
}

__device__ double float_term(float a, float inverse) {
    const float ratio = a * inverse;
    return a * log2f(ratio < 1e-6f ? 1e-6f : ratio);
}

// information (heads) from partial (heads, tiles), one warp a head. For one block.
__device__ void finish_information(double* information, int* fault, const double* partial, int heads, int tiles, int rows) {
    for (int head = static_cast<int>(threadIdx.x) / kWarp; head < heads; head += kWarps) {
        double sum = 0;
        for (int tile = static_cast<int>(threadIdx.x) % kWarp; tile < tiles; tile += kWarp) {
            sum += __ldcg(partial + static_cast<size_t>(head) * tiles + tile);
        }
        sum = warp_sum(sum);
        if (threadIdx.x % kWarp == 0) {
            information[head] = sum / rows;
            if (!is_finite(sum)) { atomicOr(fault, kNotFinite); }
        }
    }
}

constexpr int kColumns1 = 8;  // 32 bytes, the smallest read that wastes nothing
constexpr int kColumns2 = 16;
static_assert(2 * kColumns1 * kMaxTextRows * sizeof(float) <= kMaxShared);
static_assert(kColumns2 * kMaxTextRows * sizeof(float) <= kMaxShared);

}  // namespace

// Variant 1. One block for 8 columns, over all heads in turn, so that every sum runs in the reference's order: warp 0 adds
// up one head while the others fetch the next.
extern "C" __global__ void __launch_bounds__(kThreads)
attention_statistics_kernel1(float* mean, double* information, double* partial, unsigned* ticket, int* fault,
                             const float* attention, int heads, int rows, Count columns) {
    float* const tiles = reinterpret_cast<float*>(dynamic_shared());  // (2, rows, kColumns1)
    __shared__ double inverse[kColumns1];
    const int thread = static_cast<int>(threadIdx.x);
    const int first = static_cast<int>(blockIdx.x) * kColumns1;
    const int column = thread % kColumns1;
    double total = 0;
    load_tile<kColumns1>(tiles, attention, 0, rows, columns, first, 0);
    __syncthreads();
    for (int head = 0; head < heads; head++) {
        const float* const tile = tiles + head % 2 * rows * kColumns1;
        float* const next = tiles + (head + 1) % 2 * rows * kColumns1;
        if (thread >= kWarp) {
            if (head + 1 < heads) { load_tile<kColumns1>(next, attention, head + 1, rows, columns, first, kWarp); }
        } else if (thread < 2 * kColumns1) {
            // The first 8 threads go on with the mean, the others begin a marginal.
            double sum = thread < kColumns1 ? total : 0;
            for (int row = 0; row < rows; row++) { sum += tile[row * kColumns1 + column]; }
            if (thread < kColumns1) {
                total = sum;
            } else {
                inverse[column] = inverse_marginal(sum, rows);
            }
        }
        __syncthreads();
        if (information != nullptr) {
            double sum = 0;
            for (int e = thread; e < rows * kColumns1; e += kThreads) { sum += term(tile[e], inverse[column]); }
            sum = block_sum(sum);
            if (thread == 0) { partial[static_cast<size_t>(head) * gridDim.x + blockIdx.x] = sum; }
        }
    }
    if (mean != nullptr && thread < kColumns1 && first + column < value_of(columns)) {
        mean[first + column] = static_cast<float>(total / (static_cast<double>(heads) * rows));
    }
    if (information != nullptr && is_last_block(ticket, gridDim.x)) {
        finish_information(information, fault, partial, heads, static_cast<int>(gridDim.x), rows);
    }
}

// Variant 2. One block for 16 columns of one head; sums of heads are added up by the last block of a column.
extern "C" __global__ void __launch_bounds__(kThreads)
attention_statistics_kernel2(float* mean, double* information, double* partial, double* head_sums, unsigned* tickets,
                             int* fault, const float* attention, int heads, int rows, Count columns) {
    float* const tile = reinterpret_cast<float*>(dynamic_shared());  // (rows, kColumns2)
    __shared__ float inverse[kColumns2];
    const int thread = static_cast<int>(threadIdx.x);
    const int head = static_cast<int>(blockIdx.y);
    const int first = static_cast<int>(blockIdx.x) * kColumns2;
    const int column = thread % kColumns2;
    const bool inside = first + column < value_of(columns);
    load_tile<kColumns2>(tile, attention, head, rows, columns, first, 0);
    __syncthreads();
    if (thread < kColumns2) {
        double sum = 0;
        for (int row = 0; row < rows; row++) { sum += tile[row * kColumns2 + column]; }
        inverse[column] = static_cast<float>(inverse_marginal(sum, rows));
        if (inside) { head_sums[static_cast<size_t>(head) * columns.limit + first + column] = sum; }
    }
    __syncthreads();
    double sum = 0;
    for (int e = thread; e < rows * kColumns2; e += kThreads) { sum += float_term(tile[e], inverse[column]); }
    sum = block_sum(sum);
    if (thread == 0) { partial[static_cast<size_t>(head) * gridDim.x + blockIdx.x] = sum; }
    if (is_last_block(tickets + 1 + blockIdx.x, gridDim.y) && mean != nullptr && thread < kColumns2 && inside) {
        double total = 0;
        for (int h = 0; h < heads; h++) {
            total += __ldcg(head_sums + static_cast<size_t>(h) * columns.limit + first + column);
        }
        mean[first + column] = static_cast<float>(total / (static_cast<double>(heads) * rows));
    }
    if (is_last_block(tickets, gridDim.x * gridDim.y) && information != nullptr) {
        finish_information(information, fault, partial, heads, static_cast<int>(gridDim.x), rows);
    }
}

#if !defined(__CUDACC__)

bool attention_statistics(Call& call, float* mean, double* information, const float* attention, int heads, int rows,
                          Count columns, int variant) {
    const unsigned tiles = blocks_for(columns.limit, variant == 1 ? kColumns1 : kColumns2);
    double* const partial = call.workspace.take<double>(static_cast<size_t>(heads) * tiles);
    unsigned* const tickets = call.workspace.take<unsigned>(1 + tiles);
    double* const head_sums =
        call.workspace.take<double>(variant == 1 ? 0 : static_cast<size_t>(heads) * static_cast<size_t>(columns.limit));
    if (!call.launches() || !call.queue.fill(tickets, 0, (1 + tiles) * sizeof *tickets)) { return false; }
    const size_t row_bytes = static_cast<size_t>(rows) * sizeof(float);
    if (variant == 1) {
        return AUTOPRUNE_LAUNCH(call.queue, attention_statistics_kernel1, {tiles}, kThreads, 2 * kColumns1 * row_bytes, mean,
                                information, partial, tickets, call.fault, attention, heads, rows, columns);
    }
    return AUTOPRUNE_LAUNCH(call.queue, attention_statistics_kernel2, (Dimensions{tiles, static_cast<unsigned>(heads)}),
                            kThreads, kColumns2 * row_bytes, mean, information, partial, head_sums, tickets, call.fault,
                            attention, heads, rows, columns);
}

#endif

}  // namespace autoprune::cuda
