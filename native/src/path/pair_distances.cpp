#include "path/pair_distances.h"

#include "path/finite.h"
#include "path/pairs.h"

namespace autoprune::AUTOPRUNE_PATH {
namespace {

// Sums of squared differences, in the order of the width.
struct SquaredDifferences {
    static constexpr int kRows = 4;
#if defined(__AVX512F__)
    static constexpr int kPanels = 2;
#else
    static constexpr int kPanels = 1;
#endif

    static void run(double* out, const double* strip, const float* panels, size_t width) {
        Doubles sum[kRows][kPanels] = {};
        const Doubles minus_one = broadcast(-1.0);
        for (size_t k = 0; k < width; k++) {
            Doubles column[kPanels];
#pragma GCC unroll 4
            for (int p = 0; p < kPanels; p++) { column[p] = load(panels + (p * width + k) * kLanes); }
#pragma GCC unroll 8
            for (int r = 0; r < kRows; r++) {
                const Doubles row = broadcast(strip[r * width + k]);
#pragma GCC unroll 4
                for (int p = 0; p < kPanels; p++) {
                    // The same number by two ways: units that multiply do one half of the subtractions.
                    const Doubles difference = p == 0 ? row - column[p] : multiply_add(column[p], minus_one, row);
                    sum[r][p] += difference * difference;
                }
            }
        }
        for (int r = 0; r < kRows; r++) {
            for (int p = 0; p < kPanels; p++) { store(out + (r * kPanels + p) * kLanes, sum[r][p]); }
        }
    }
};

}  // namespace

bool pair_distances(float* distance, const Matrix& tokens) {
    if (!all_finite(tokens.data, tokens.rows * tokens.width)) { return false; }
    const size_t m = tokens.rows;
    const RowList all{tokens, nullptr, m};
    const double scale = 1 / __builtin_sqrt(static_cast<double>(tokens.width));
    return for_pairs<SquaredDifferences>(all, all, true, members_for_pairs(all, all), [distance, m, scale](size_t, size_t i, size_t j, double sum) {
        const float value = static_cast<float>(__builtin_sqrt(sum) * scale);
        distance[i * m + j] = value;
        distance[j * m + i] = value;
    });
}

}  // namespace autoprune::AUTOPRUNE_PATH
