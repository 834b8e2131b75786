// Greedy max-min diversity by 1 - cosine in float32: first the token farthest from its nearest neighbour, then each time
// the one farthest from those chosen. One launch a choice: every block finds the next token for itself, so that nothing
// waits for another block and no number goes to the host.
#include "inverse_norms.h"
#include "pair_tiles.h"
#include "primitives.h"
#include "row_products.h"

namespace autoprune::cuda {
namespace {

// 1 - cosine, both rounded to float32.
__device__ float distance_of(double product, double first, double second) {
    return 1.0f - static_cast<float>(product * first * second);
}

}  // namespace

// nearest (n), ordered bits, from ~0: the smallest distance of every row to another.
extern "C" __global__ void __launch_bounds__(kThreads)
nearest_neighbours_kernel(unsigned* nearest, const double* inverse, const float* tokens, Count n, int width) {
    __shared__ unsigned rows[kTile];
    __shared__ unsigned columns[kTile];
    const int row_tile = static_cast<int>(blockIdx.y);
    const int column_tile = static_cast<int>(blockIdx.x);
    if (row_tile > column_tile) { return; }
    const int thread = static_cast<int>(threadIdx.x);
    const int count = value_of(n);
    if (thread < kTile) { rows[thread] = columns[thread] = kAllLanes; }
    __syncthreads();
    const RowList all{tokens, width, count, nullptr, count};
    for_tile_pairs<Products>(all, all, row_tile, column_tile, [&](int, int, int i, int j, double product) {
        if (i >= j) { return; }
        const unsigned bits = ordered_bits(distance_of(product, inverse[i], inverse[j]));
        atomicMin(rows + i % kTile, bits);
        atomicMin(columns + j % kTile, bits);
    });
    __syncthreads();
    if (thread < kTile) {
        const int i = row_tile * kTile + thread;
        const int j = column_tile * kTile + thread;
        if (i < count) { atomicMin(nearest + i, rows[thread]); }
        if (j < count) { atomicMin(nearest + j, columns[thread]); }
    }
}

// order[step], and after (n): the distance of every token to the nearest that is chosen, -inf for those. before is what
// the last step left; the first chooses by start, the bits of nearest_neighbours_kernel.
extern "C" __global__ void __launch_bounds__(kThreads)
max_min_step_kernel(int* order, float* after, const float* before, const unsigned* start, const double* inverse,
                    const float* tokens, Count n, int width, Count keep, int step) {
    const int count = value_of(n);
    if (step >= value_of(keep) || step >= count) { return; }
    unsigned highest_bits;
    float highest;
    const int chosen = step == 0 ? argmax_of(start, count, 0u, highest_bits) : argmax_of(before, count, -INFINITY, highest);
    if (blockIdx.x == 0 && threadIdx.x == 0) { order[step] = chosen; }
    const int i = row_of_quad();
    const float* const row = tokens + static_cast<size_t>(i < count ? i : 0) * width;
    const double product = row_product(tokens + static_cast<size_t>(chosen) * width, row, width);
    if (i >= count || threadIdx.x % kQuad != 0) { return; }
    const float nearest = step == 0 ? INFINITY : before[i];
    const float distance = distance_of(product, inverse[chosen], inverse[i]);
    after[i] = i == chosen ? -INFINITY : distance < nearest ? distance : nearest;
}

#if !defined(__CUDACC__)

bool select_max_min(Call& call, int* order, const float* tokens, Count n, int width, Count keep) {
    const size_t limit = static_cast<size_t>(n.limit);
    double* const inverse = call.workspace.take<double>(limit);
    unsigned* const start = call.workspace.take<unsigned>(limit);
    float* const nearest[2] = {call.workspace.take<float>(limit), call.workspace.take<float>(limit)};
    const unsigned tiles = blocks_for(n.limit, kTile);
    const bool started = call.launches() && call.queue.fill(start, 0xff, limit * sizeof *start) &&
                         inverse_norms(call, inverse, tokens, n, width) &&
                         AUTOPRUNE_LAUNCH(call.queue, nearest_neighbours_kernel, (Dimensions{tiles, tiles}), kThreads, 0,
                                          start, inverse, tokens, n, width);
    bool launched = started;
    for (int step = 0; launched && step < std::min(keep.limit, n.limit); step++) {
        launched = AUTOPRUNE_LAUNCH(call.queue, max_min_step_kernel, {blocks_for(n.limit, kRowsOfBlock)}, kThreads, 0, order,
                                    nearest[(step + 1) % 2], nearest[step % 2], start, inverse, tokens, n, width, keep, step);
    }
    return launched;
}

#endif

}  // namespace autoprune::cuda
