#pragma once
#include "path/pixels.h"

namespace autoprune::AUTOPRUNE_PATH {

// The 8 x 8 bytes at `source`, one row every `stride`, transposed: row i of the result at target + i * target_stride.
inline void transpose_8x8(uint8_t* target, size_t target_stride, const uint8_t* source, size_t stride) {
    uint64_t rows[8];
    for (size_t i = 0; i < 8; i++) { __builtin_memcpy(rows + i, source + i * stride, 8); }
    const auto exchange = [&rows](size_t distance, unsigned shift, uint64_t mask) {
        for (size_t i = 0; i < 8; i++) {
            if (i & distance) { continue; }
            const uint64_t difference = ((rows[i] >> shift) ^ rows[i + distance]) & mask;
            rows[i] ^= difference << shift;
            rows[i + distance] ^= difference;
        }
    };
    exchange(4, 32, 0x00000000ffffffffull);
    exchange(2, 16, 0x0000ffff0000ffffull);
    exchange(1, 8, 0x00ff00ff00ff00ffull);
    for (size_t i = 0; i < 8; i++) { __builtin_memcpy(target + i * target_stride, rows + i, 8); }
}

// columns (length, kBytes): `count` rows of `length` bytes, transposed; what lies past the rows is 0.
inline void transpose(uint8_t* columns, const uint8_t* source, size_t stride, size_t length, size_t count) {
    size_t x = 0;
    if (count == kBytes) {
        for (; x + 8 <= length; x += 8) {
            transpose_8x8(columns + x * kBytes, kBytes, source + x, stride);
            transpose_8x8(columns + x * kBytes + 8, kBytes, source + 8 * stride + x, stride);
        }
    }
    for (; x < length; x++) {
        for (size_t row = 0; row < kBytes; row++) {
            columns[x * kBytes + row] = row < count ? source[row * stride + x] : 0;
        }
    }
}

// `count` rows of `length` bytes from columns (length, kBytes).
inline void transpose_back(uint8_t* rows, size_t stride, const uint8_t* columns, size_t length, size_t count) {
    size_t x = 0;
    if (count == kBytes) {
        for (; x + 8 <= length; x += 8) {
            transpose_8x8(rows + x, stride, columns + x * kBytes, kBytes);
            transpose_8x8(rows + 8 * stride + x, stride, columns + x * kBytes + 8, kBytes);
        }
    }
    for (; x < length; x++) {
        for (size_t row = 0; row < count; row++) { rows[row * stride + x] = columns[x * kBytes + row]; }
    }
}

}  // namespace autoprune::AUTOPRUNE_PATH
