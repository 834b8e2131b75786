// Cosines: of all rows with all, and the most similar target of every row. Products in float64, rounded to float32 once.
#include "inverse_norms.h"
#include "pair_tiles.h"
#include "primitives.h"

namespace autoprune::cuda {

// Blocks (column tile, row tile); those below the diagonal have nothing to do.
extern "C" __global__ void __launch_bounds__(kThreads)
similarity_matrix_kernel(float* similarity, const double* inverse, const float* tokens, Count n, int width) {
    const int row_tile = static_cast<int>(blockIdx.y);
    const int column_tile = static_cast<int>(blockIdx.x);
    if (row_tile > column_tile) { return; }
    const int count = value_of(n);
    const RowList all{tokens, width, count, nullptr, count};
    for_tile_pairs<Products>(all, all, row_tile, column_tile, [=](int, int, int i, int j, double product) {
        if (i > j) { return; }
        const float value = static_cast<float>(product * inverse[i] * inverse[j]);
        similarity[static_cast<size_t>(i) * n.limit + j] = value;
        similarity[static_cast<size_t>(j) * n.limit + i] = value;
    });
}

// best (r): the highest cosine in the upper half, the complement of its target in the lower, so that of equal cosines the
// earlier target is the higher number.
extern "C" __global__ void __launch_bounds__(kThreads)
nearest_targets_kernel(unsigned long long* best, const double* inverse, const float* tokens, int n, int width,
                       const int* rows, Count r, const int* targets, Count t) {
    const RowList from{tokens, width, n, rows, value_of(r)};
    const RowList to{tokens, width, n, targets, value_of(t)};
    unsigned long long highest[kEach] = {};
    for_tile_pairs<Products>(from, to, static_cast<int>(blockIdx.y), static_cast<int>(blockIdx.x),
                             [&](int line, int, int i, int j, double product) {
        const int row = row_at(from, i);
        const int target = row_at(to, j);
        if (row < 0 || target < 0) { return; }
        const float value = static_cast<float>(product * inverse[row] * inverse[target]);
        const unsigned long long key = static_cast<unsigned long long>(ordered_bits(value)) << 32 | ~static_cast<unsigned>(j);
        highest[line] = key > highest[line] ? key : highest[line];
    });
    for (int line = 0; line < kEach; line++) {
        for (int mask = kAcross / 2; mask > 0; mask /= 2) {
            const unsigned long long other = __shfl_xor_sync(kAllLanes, highest[line], mask);
            highest[line] = other > highest[line] ? other : highest[line];
        }
        const int i = static_cast<int>(blockIdx.y) * kTile + static_cast<int>(threadIdx.x) / kAcross + kAcross * line;
        if (threadIdx.x % kAcross == 0 && i < from.count) { atomicMax(best + i, highest[line]); }
    }
}

extern "C" __global__ void __launch_bounds__(kThreads)
nearest_targets_result_kernel(int* nearest, float* similarity, int* fault, const unsigned long long* best, int n,
                              const int* rows, Count r, const int* targets, Count t) {
    const int i = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
    const auto check = [=](const int* list, Count count) {
        if (i < value_of(count) && (list[i] < 0 || list[i] >= n)) { atomicOr(fault, kOutOfRange); }
    };
    check(rows, r);
    check(targets, t);
    if (i >= value_of(r)) { return; }
    nearest[i] = static_cast<int>(~static_cast<unsigned>(best[i]));
    similarity[i] = from_ordered_bits(static_cast<unsigned>(best[i] >> 32));
}

#if !defined(__CUDACC__)

bool similarity_matrix(Call& call, float* similarity, const float* tokens, Count n, int width) {
    double* const inverse = call.workspace.take<double>(static_cast<size_t>(n.limit));
    const unsigned tiles = blocks_for(n.limit, kTile);
    return call.launches() && inverse_norms(call, inverse, tokens, n, width) &&
           AUTOPRUNE_LAUNCH(call.queue, similarity_matrix_kernel, (Dimensions{tiles, tiles}), kThreads, 0, similarity,
                            inverse, tokens, n, width);
}

bool nearest_targets(Call& call, int* nearest, float* similarity, const float* tokens, int n, int width, const int* rows,
                     Count r, const int* targets, Count t) {
    double* const inverse = call.workspace.take<double>(static_cast<size_t>(n));
    unsigned long long* const best = call.workspace.take<unsigned long long>(static_cast<size_t>(r.limit));
    return call.launches() && call.queue.fill(best, 0, static_cast<size_t>(r.limit) * sizeof *best) &&
           inverse_norms(call, inverse, tokens, {nullptr, n}, width) &&
           AUTOPRUNE_LAUNCH(call.queue, nearest_targets_kernel,
                            (Dimensions{blocks_for(t.limit, kTile), blocks_for(r.limit, kTile)}), kThreads, 0, best, inverse,
                            tokens, n, width, rows, r, targets, t) &&
           AUTOPRUNE_LAUNCH(call.queue, nearest_targets_result_kernel, {blocks_for(std::max(r.limit, t.limit), kThreads)},
                            kThreads, 0, nearest, similarity, call.fault, best, n, rows, r, targets, t);
}

#endif

}  // namespace autoprune::cuda
