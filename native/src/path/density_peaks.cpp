#include "path/density_peaks.h"

#include "top_tokens.h"

namespace autoprune::AUTOPRUNE_PATH {
namespace {

float largest_of(const float* values, size_t count) {
    Floats largest = {};
    size_t i = 0;
    for (; i + kFloatLanes <= count; i += kFloatLanes) {
        const Floats x = load_floats(values + i);
        largest = x > largest ? x : largest;
    }
    float result = 0;
    for (int lane = 0; lane < kFloatLanes; lane++) { result = largest[lane] > result ? largest[lane] : result; }
    for (; i < count; i++) { result = values[i] > result ? values[i] : result; }
    return result;
}

// Distance to the nearest of the m tokens that are denser than `own`; `none` where there is no such token.
float nearest_denser(const float* distance, const float* density, size_t m, float own, float none) {
    Floats nearest = broadcast_floats(none);
    size_t j = 0;
    for (; j + kFloatLanes <= m; j += kFloatLanes) {
        const Floats x = load_floats(distance + j);
        nearest = (load_floats(density + j) > own) & (x < nearest) ? x : nearest;
    }
    float result = none;
    for (int lane = 0; lane < kFloatLanes; lane++) { result = nearest[lane] < result ? nearest[lane] : result; }
    for (; j < m; j++) {
        if (density[j] > own && distance[j] < result) { result = distance[j]; }
    }
    return result;
}

}  // namespace

bool density_peaks(const DensityPeaks& peaks, const float* distance, const float* density, size_t m) {
    const float largest = largest_of(distance, m * m);
    for (size_t i = 0; i < m; i++) {
        peaks.delta[i] = nearest_denser(distance + i * m, density, m, density[i], largest);
        peaks.score[i] = peaks.delta[i] * density[i];
    }
    if (!rank_tokens(peaks.centres, peaks.clusters, peaks.score, m)) { return false; }
    for (size_t i = 0; i < m; i++) {
        const float* const row = distance + i * m;
        size_t best = 0;
        for (size_t c = 1; c < peaks.clusters; c++) {
            if (row[peaks.centres[c]] < row[peaks.centres[best]]) { best = c; }
        }
        peaks.assignment[i] = static_cast<int32_t>(best);
    }
    for (size_t c = 0; c < peaks.clusters; c++) { peaks.assignment[peaks.centres[c]] = static_cast<int32_t>(c); }
    return true;
}

}  // namespace autoprune::AUTOPRUNE_PATH
