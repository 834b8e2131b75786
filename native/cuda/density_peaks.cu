// Density-peak clusters of tokens (m, width) by DPC-KNN: distances, densities, the distance to the nearest denser token,
// centres by rank of delta * density, and every token to its nearest centre.
#include "pair_tiles.h"
#include "primitives.h"

namespace autoprune::cuda {

static_assert(2 * kMaxPool * sizeof(float) <= kMaxShared);

// distance (m.limit, m.limit): Euclidean / sqrt(width)
extern "C" __global__ void __launch_bounds__(kThreads)
pair_distances_kernel(float* distance, const float* tokens, Count m, int width) {
    const int row_tile = static_cast<int>(blockIdx.y);
    const int column_tile = static_cast<int>(blockIdx.x);
    if (row_tile > column_tile) { return; }
    const int count = value_of(m);
    const RowList all{tokens, width, count, nullptr, count};
    const double scale = 1 / sqrt(static_cast<double>(width));
    for_tile_pairs<SquaredDifferences>(all, all, row_tile, column_tile, [=](int, int, int i, int j, double sum) {
        if (i > j) { return; }
        const float value = static_cast<float>(sqrt(sum) * scale);
        distance[static_cast<size_t>(i) * m.limit + j] = value;
        distance[static_cast<size_t>(j) * m.limit + i] = value;
    });
}

// One block a token: exp(-mean of the squares of its nearest), added up from the smallest. largest: bits of the largest
// distance of all.
extern "C" __global__ void __launch_bounds__(kThreads)
local_density_kernel(float* density, unsigned* largest, int* fault, const float* distance, const float* noise, Count m,
                     Count clusters) {
    float* const row = reinterpret_cast<float*>(dynamic_shared());  // (m)
    float* const nearest = row + m.limit;                           // (clusters), ascending
    const int thread = static_cast<int>(threadIdx.x);
    const int i = static_cast<int>(blockIdx.x);
    const int count = value_of(m);
    const int neighbours = value_of(clusters) < count ? value_of(clusters) : count;
    if (i >= count) { return; }
    float farthest = 0;
    for (int j = thread; j < count; j += kThreads) {
        row[j] = distance[static_cast<size_t>(i) * m.limit + j];
        if (!is_finite(row[j])) { atomicOr(fault, kNotFinite); }
        farthest = row[j] > farthest ? row[j] : farthest;
    }
    int index = 0;
    block_argmax(farthest, index);
    for (int j = thread; j < count; j += kThreads) {
        const float own = row[j];
        int rank = 0;
        for (int l = 0; l < count; l++) { rank += row[l] < own || (row[l] == own && l < j); }
        if (rank < neighbours) { nearest[rank] = own; }
    }
    __syncthreads();
    if (thread != 0) { return; }
    double sum = 0;
    for (int k = 0; k < neighbours; k++) { sum = fma(static_cast<double>(nearest[k]), static_cast<double>(nearest[k]), sum); }
    const float value = static_cast<float>(exp(-sum / neighbours));
    density[i] = noise == nullptr ? value : value + static_cast<float>(static_cast<double>(noise[i]) * 1e-6);
    atomicMax(largest, ordered_bits(farthest));
}

// One block a token: the distance to the nearest that is denser, the largest of all where there is none.
extern "C" __global__ void __launch_bounds__(kThreads)
nearest_denser_kernel(float* delta, float* score, const float* distance, const float* density, const unsigned* largest,
                      Count m) {
    const int i = static_cast<int>(blockIdx.x);
    const int count = value_of(m);
    if (i >= count) { return; }
    float nearest = from_ordered_bits(*largest);
    for (int j = static_cast<int>(threadIdx.x); j < count; j += kThreads) {
        const float value = distance[static_cast<size_t>(i) * m.limit + j];
        if (density[j] > density[i] && value < nearest) { nearest = value; }
    }
    float highest = -nearest;
    int index = 0;
    block_argmax(highest, index);
    if (threadIdx.x == 0) {
        delta[i] = -highest;
        score[i] = -highest * density[i];
    }
}

// Every token to its nearest centre, and centres to themselves.
extern "C" __global__ void __launch_bounds__(kThreads)
assign_clusters_kernel(int* assignment, const float* distance, const int* centres, Count m, Count clusters) {
    const int i = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
    const int count = value_of(m);
    if (i >= count) { return; }
    const int last = value_of(clusters) < count ? value_of(clusters) : count;
    float lowest = INFINITY;
    int best = 0;
    for (int c = 0; c < last; c++) {
        const float value = distance[static_cast<size_t>(i) * m.limit + centres[c]];
        if (centres[c] == i) {
            best = c;
            break;
        }
        if (value < lowest) {
            lowest = value;
            best = c;
        }
    }
    assignment[i] = best;
}

#if !defined(__CUDACC__)

bool density_peaks(Call& call, const DensityPeaks& peaks, const float* tokens, Count m, int width, Count clusters,
                   const float* noise) {
    const size_t limit = static_cast<size_t>(m.limit);
    float* const distance = call.workspace.take<float>(limit * limit);
    unsigned* const largest = call.workspace.take<unsigned>(1);
    if (m.limit > kMaxPool || !call.launches() || !call.queue.fill(largest, 0, sizeof *largest)) { return false; }
    const unsigned tiles = blocks_for(m.limit, kTile);
    const unsigned each = static_cast<unsigned>(m.limit);
    const size_t shared = 2 * limit * sizeof(float);
    return AUTOPRUNE_LAUNCH(call.queue, pair_distances_kernel, (Dimensions{tiles, tiles}), kThreads, 0, distance, tokens, m,
                            width) &&
           AUTOPRUNE_LAUNCH(call.queue, local_density_kernel, {each}, kThreads, shared, peaks.density, largest, call.fault,
                            distance, noise, m, clusters) &&
           AUTOPRUNE_LAUNCH(call.queue, nearest_denser_kernel, {each}, kThreads, 0, peaks.delta, peaks.score, distance,
                            peaks.density, largest, m) &&
           rank_tokens(call, peaks.centres, peaks.score, m, clusters) &&
           AUTOPRUNE_LAUNCH(call.queue, assign_clusters_kernel, {blocks_for(m.limit, kThreads)}, kThreads, 0,
                            peaks.assignment, distance, peaks.centres, m, clusters);
}

#endif

}  // namespace autoprune::cuda
