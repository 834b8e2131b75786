#pragma once
// Products of a few rows with many others, which are read where they lie. Lanes are the four sums over k mod 4 of the
// reference (products.h), so that nothing needs transposing and every sum runs in its order.
#include "kernels.h"
#include "path/simd.h"

namespace autoprune::AUTOPRUNE_PATH {

constexpr size_t kRowsAtOnce = 6;
constexpr size_t kSums = 4;

// Four neighbouring values, for every row that a vector holds; several vectors where they are narrow.
constexpr size_t kQuads = kLanes < 4 ? kSums / kLanes : 1;
inline Doubles load_quad(const float* source, size_t part) {
#if defined(__AVX512F__)
    (void)part;
    return _mm512_maskz_cvtps_pd(0xff, _mm256_broadcast_ps(reinterpret_cast<const __m128*>(source)));
#else
    return load(source + part * kLanes);
#endif
}

// strip: the rows rows[0 .. count - 1] of a matrix as (width / 4, kRowsAtOnce, 4), then the rest of each; 0 past the last.
inline void pack_rows(double* strip, const Matrix& matrix, const size_t* rows, size_t count) {
    const size_t even = matrix.width / kSums * kSums;
    for (size_t r = 0; r < kRowsAtOnce; r++) {
        const float* const row = r < count ? matrix.data + rows[r] * matrix.width : nullptr;
        for (size_t k = 0; k < even; k++) {
            strip[(k / kSums * kRowsAtOnce + r) * kSums + k % kSums] = row ? static_cast<double>(row[k]) : 0.0;
        }
        for (size_t k = even; k < matrix.width; k++) {
            strip[even * kRowsAtOnce + (k - even) * kRowsAtOnce + r] = row ? static_cast<double>(row[k]) : 0.0;
        }
    }
}

// out[r * stride + i]: product of row r of a strip with row i of a matrix, for the rows [begin, end).
inline void multiply_rows(double* out, size_t stride, const double* strip, const Matrix& matrix, size_t begin, size_t end) {
    constexpr size_t kVectors = kRowsAtOnce * kSums / kLanes;
    constexpr size_t kTogether = kVectors > 8 ? 1 : 12 / kVectors;
    const size_t width = matrix.width;
    const size_t even = width / kSums * kSums;
    for (size_t first = begin; first < end; first += kTogether) {
        // Past the end the last row is taken again.
        const float* row[kTogether];
        for (size_t t = 0; t < kTogether; t++) { row[t] = matrix.data + (first + t < end ? first + t : end - 1) * width; }
        Doubles sums[kTogether][kVectors] = {};
        for (size_t k = 0; k < even; k += kSums) {
            const double* const values = strip + k * kRowsAtOnce;
            if (k % 16 == 0) {
                for (size_t t = 0; t < kTogether; t++) { __builtin_prefetch(row[t] + kTogether * width + k); }
            }
#pragma GCC unroll 12
            for (size_t t = 0; t < kTogether; t++) {
                Doubles quad[kQuads];
#pragma GCC unroll 2
                for (size_t part = 0; part < kQuads; part++) { quad[part] = load_quad(row[t] + k, part); }
#pragma GCC unroll 8
                for (size_t v = 0; v < kVectors; v++) {
                    sums[t][v] = multiply_add(quad[v % kQuads], load(values + v * kLanes), sums[t][v]);
                }
            }
        }
        double lanes[kTogether][kRowsAtOnce * kSums];
#pragma GCC unroll 12
        for (size_t t = 0; t < kTogether; t++) {
#pragma GCC unroll 8
            for (size_t v = 0; v < kVectors; v++) { store(lanes[t] + v * kLanes, sums[t][v]); }
        }
        for (size_t t = 0; t < kTogether && first + t < end; t++) {
            for (size_t r = 0; r < kRowsAtOnce; r++) {
                double* const s = lanes[t] + r * kSums;
                for (size_t k = even; k < width; k++) {
                    s[0] += strip[even * kRowsAtOnce + (k - even) * kRowsAtOnce + r] * static_cast<double>(row[t][k]);
                }
                out[r * stride + first + t] = s[0] + s[1] + (s[2] + s[3]);
            }
        }
    }
}

}  // namespace autoprune::AUTOPRUNE_PATH
