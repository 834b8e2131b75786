#pragma once
#include "path/simd.h"

namespace autoprune::AUTOPRUNE_PATH {

// Adds the rows of values (rows, columns) to sums (columns), in row order: as the reference, to the bit.
inline void add_rows(double* sums, const float* values, size_t rows, size_t columns) {
    size_t row = 0;
    for (; row + 4 <= rows; row += 4) {
        const float* const r0 = values + row * columns;
        const float* const r1 = r0 + columns;
        const float* const r2 = r1 + columns;
        const float* const r3 = r2 + columns;
        size_t c = 0;
        for (; c + kLanes <= columns; c += kLanes) {
            store(sums + c, load(sums + c) + load(r0 + c) + load(r1 + c) + load(r2 + c) + load(r3 + c));
        }
        for (; c < columns; c++) { sums[c] = sums[c] + r0[c] + r1[c] + r2[c] + r3[c]; }
    }
    for (; row < rows; row++) {
        for (size_t c = 0; c < columns; c++) { sums[c] += values[row * columns + c]; }
    }
}

}  // namespace autoprune::AUTOPRUNE_PATH
