#pragma once
// Sums over all pairs of rows of two lists, tile by tile. Lanes are pairs, so that every pair sums in the order of the
// reference, and results equal it to the bit.
#include "kernels.h"
#include "path/simd.h"
#include "scratch.h"

namespace autoprune::AUTOPRUNE_PATH {

// Rows of a matrix; all of them where there is no list.
struct RowList {
    const Matrix& matrix;
    const int32_t* rows;
    size_t count;

    const float* at(size_t index) const {
        return matrix.data + (rows ? static_cast<size_t>(rows[index]) : index) * matrix.width;
    }
};

// Columns of a tile stay in the second-level cache while all rows pass by.
constexpr size_t kTileBytes = 384 * 1024;

// panel (width, kLanes): rows first … first + kLanes - 1 of a list, transposed; 0 past its end.
inline void pack_panel(float* panel, const RowList& list, size_t first) {
    const size_t width = list.matrix.width;
    for (size_t lane = 0; lane < kLanes; lane++) {
        const float* const row = first + lane < list.count ? list.at(first + lane) : nullptr;
        for (size_t k = 0; k < width; k++) { panel[k * kLanes + lane] = row ? row[k] : 0.0f; }
    }
}

// strip (Rows, width): rows first … first + Rows - 1 of a list as doubles; 0 past its end.
template <int Rows>
inline void pack_strip(double* strip, const RowList& list, size_t first) {
    const size_t width = list.matrix.width;
    for (size_t r = 0; r < Rows; r++) {
        const float* const row = first + r < list.count ? list.at(first + r) : nullptr;
        for (size_t k = 0; k < width; k++) { strip[r * width + k] = row ? static_cast<double>(row[k]) : 0.0; }
    }
}

// Calls visit(i, j, sum) for the pairs of a and b; with `upper`, where both are one list, for those with i <= j.
//
// Sum gives kRows, kPanels and run(out, strip, panels, width), which fills out (kRows, kPanels * kLanes).
template <class Sum, class Visit>
inline bool for_pairs(const RowList& a, const RowList& b, bool upper, const Visit& visit) {
    const size_t width = b.matrix.width;
    constexpr size_t kColumns = Sum::kPanels * kLanes;
    const size_t group = width * kColumns;
    size_t groups = kTileBytes / (group * sizeof(float) + 1);
    if (groups < 1) { groups = 1; }
    if (groups > (b.count + kColumns - 1) / kColumns) { groups = (b.count + kColumns - 1) / kColumns; }
    Scratch<float> panels(groups * group);
    Scratch<double> strip(width * Sum::kRows);
    if (!panels || !strip) { return false; }
    double sums[Sum::kRows * kColumns];
    for (size_t tile = 0; tile < b.count; tile += groups * kColumns) {
        const size_t end = tile + groups * kColumns < b.count ? tile + groups * kColumns : b.count;
        for (size_t first = tile; first < end; first += kLanes) {
            pack_panel(panels.data() + (first - tile) * width, b, first);
        }
        // A last group that is not full reads panels that hold nothing yet.
        for (size_t first = (end + kLanes - 1) / kLanes * kLanes; (first - tile) % kColumns != 0; first += kLanes) {
            pack_panel(panels.data() + (first - tile) * width, b, first);
        }
        const size_t rows = upper ? end : a.count;
        for (size_t i0 = 0; i0 < rows; i0 += Sum::kRows) {
            pack_strip<Sum::kRows>(strip.data(), a, i0);
            for (size_t j0 = tile; j0 < end; j0 += kColumns) {
                if (upper && j0 + kColumns <= i0) { continue; }
                Sum::run(sums, strip.data(), panels.data() + (j0 - tile) * width, width);
                for (size_t r = 0; r < Sum::kRows && i0 + r < rows; r++) {
                    for (size_t c = 0; c < kColumns && j0 + c < end; c++) {
                        if (!upper || i0 + r <= j0 + c) { visit(i0 + r, j0 + c, sums[r * kColumns + c]); }
                    }
                }
            }
        }
    }
    return true;
}

}  // namespace autoprune::AUTOPRUNE_PATH
