#pragma once
// Sums over all pairs of rows of two lists, tile by tile. Lanes are pairs, so that every pair sums in the order of the
// reference, and results equal it to the bit.
#include "kernels.h"
#include "path/shared_runs.h"
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

// Threads that the sums of all pairs are worth.
inline size_t members_for_pairs(const RowList& a, const RowList& b) {
    return members_for(static_cast<double>(a.count) * static_cast<double>(b.count * b.matrix.width) / kLanes);
}

// Groups of columns that one tile has: what a cache holds, less where that leaves threads without a tile.
inline size_t groups_of_tile(size_t group_bytes, size_t groups, size_t members) {
    const size_t cached = kTileBytes / group_bytes < 1 ? 1 : kTileBytes / group_bytes;
    const size_t shared = members == 1 ? groups : (groups + 4 * members - 1) / (4 * members);
    const size_t wanted = shared < 1 ? 1 : shared;
    return cached < wanted ? cached : wanted;
}

// Calls visit(member, i, j, sum) for the pairs of a and b; with `upper`, where both are one list, for those with i <= j.
// Members, of which there are at most `members`, come at the same time, each with tiles of columns in no certain order.
//
// Sum gives kRows, kPanels and run(out, strip, panels, width), which fills out (kRows, kPanels * kLanes).
template <class Sum, class Visit>
inline bool for_pairs(const RowList& a, const RowList& b, bool upper, size_t members, const Visit& visit) {
    const size_t width = b.matrix.width;
    constexpr size_t kColumns = Sum::kPanels * kLanes;
    const size_t group = width * kColumns;
    const size_t all_groups = (b.count + kColumns - 1) / kColumns;
    const size_t groups = groups_of_tile(group * sizeof(float), all_groups, members);
    Scratch<float> panel_memory(members * groups * group);
    Scratch<double> strip_memory(members * width * Sum::kRows);
    if (!panel_memory || !strip_memory) { return false; }
    float* const all_panels = panel_memory.data();
    double* const strips = strip_memory.data();
    return share(all_groups, groups, members, [&](size_t member, size_t from, size_t to) {
        float* const panels = all_panels + member * groups * group;
        double* const strip = strips + member * width * Sum::kRows;
        // With `upper` the last columns have most rows: they come first, so that the threads end together.
        const size_t tile = (upper ? all_groups - to : from) * kColumns;
        const size_t past = (upper ? all_groups - from : to) * kColumns;
        const size_t end = past < b.count ? past : b.count;
        for (size_t first = tile; first < past; first += kLanes) { pack_panel(panels + (first - tile) * width, b, first); }
        const size_t rows = upper ? end : a.count;
        double sums[Sum::kRows * kColumns];
        for (size_t i0 = 0; i0 < rows; i0 += Sum::kRows) {
            pack_strip<Sum::kRows>(strip, a, i0);
            for (size_t j0 = tile; j0 < end; j0 += kColumns) {
                if (upper && j0 + kColumns <= i0) { continue; }
                Sum::run(sums, strip, panels + (j0 - tile) * width, width);
                for (size_t r = 0; r < Sum::kRows && i0 + r < rows; r++) {
                    for (size_t c = 0; c < kColumns && j0 + c < end; c++) {
                        if (!upper || i0 + r <= j0 + c) { visit(member, i0 + r, j0 + c, sums[r * kColumns + c]); }
                    }
                }
            }
        }
        return true;
    });
}

}  // namespace autoprune::AUTOPRUNE_PATH
