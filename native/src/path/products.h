#pragma once
#include "path/pairs.h"

namespace autoprune::AUTOPRUNE_PATH {

// Sums of products in double precision, in the reference's order: four sums over k mod 4, then (s0 + s1) + (s2 + s3);
// the rest of a width that 4 does not divide goes to s0. A product of two float32 is exact in double, so that fusing
// changes nothing.
struct Products {
#if defined(__AVX512F__)
    static constexpr int kRows = 3;
    static constexpr int kPanels = 2;
#else
    static constexpr int kRows = 3;
    static constexpr int kPanels = 1;
#endif

    static void run(double* out, const double* strip, const float* panels, size_t width) {
        Doubles sum[4][kRows][kPanels] = {};
        const size_t even = width / 4 * 4;
        for (size_t k = 0; k < even; k += 4) {
#pragma GCC unroll 4
            for (int s = 0; s < 4; s++) { add(sum[s], strip, panels, width, k + s); }
        }
        for (size_t k = even; k < width; k++) { add(sum[0], strip, panels, width, k); }
        for (int r = 0; r < kRows; r++) {
            for (int p = 0; p < kPanels; p++) {
                store(out + (r * kPanels + p) * kLanes, sum[0][r][p] + sum[1][r][p] + (sum[2][r][p] + sum[3][r][p]));
            }
        }
    }

private:
    static inline void add(Doubles (&sum)[kRows][kPanels], const double* strip, const float* panels, size_t width,
                           size_t k) {
        Doubles column[kPanels];
#pragma GCC unroll 4
        for (int p = 0; p < kPanels; p++) { column[p] = load(panels + (p * width + k) * kLanes); }
#pragma GCC unroll 8
        for (int r = 0; r < kRows; r++) {
            const Doubles row = broadcast(strip[r * width + k]);
#pragma GCC unroll 4
            for (int p = 0; p < kPanels; p++) { sum[r][p] = multiply_add(row, column[p], sum[r][p]); }
        }
    }
};

// squares (Rows): products of rows with themselves, in the order of Products.
template <int Rows>
inline void squares_of(double* squares, const float* const* rows, size_t width) {
    typedef float Values __attribute__((vector_size(16)));
    typedef double Sums __attribute__((vector_size(32)));
    Sums sums[Rows] = {};
    size_t k = 0;
    for (; k + 4 <= width; k += 4) {
#pragma GCC unroll 4
        for (int r = 0; r < Rows; r++) {
            Values values;
            __builtin_memcpy(&values, rows[r] + k, sizeof values);
            const Sums x = __builtin_convertvector(values, Sums);
            sums[r] += x * x;
        }
    }
    const size_t even = k;
#pragma GCC unroll 4
    for (int r = 0; r < Rows; r++) {
        Sums s = sums[r];
        for (k = even; k < width; k++) { s[0] += static_cast<double>(rows[r][k]) * static_cast<double>(rows[r][k]); }
        squares[r] = s[0] + s[1] + (s[2] + s[3]);
    }
}

// 1 / Euclidean norm from its square; 0 for a zero row.
inline double inverse_norm(double square) {
    const double norm = __builtin_sqrt(square);
    return norm == 0 ? 0 : 1 / norm;
}

// Product of every row of a list with itself.
inline void all_squares(double* squares, const RowList& list) {
    constexpr int kTogether = 4;
    size_t i = 0;
    for (; i + kTogether <= list.count; i += kTogether) {
        const float* const rows[kTogether] = {list.at(i), list.at(i + 1), list.at(i + 2), list.at(i + 3)};
        squares_of<kTogether>(squares + i, rows, list.matrix.width);
    }
    for (; i < list.count; i++) {
        const float* const row = list.at(i);
        squares_of<1>(squares + i, &row, list.matrix.width);
    }
}

// 1 / Euclidean norm of every row of a list.
inline void inverse_norms(double* out, const RowList& list) {
    all_squares(out, list);
    for (size_t i = 0; i < list.count; i++) { out[i] = inverse_norm(out[i]); }
}

// products (n, n) of all rows, and their inverse norms. False for non-finite values or without memory.
inline bool all_products(double* products, double* inverse, const Matrix& tokens) {
    const size_t n = tokens.rows;
    const RowList all{tokens, nullptr, n};
    inverse_norms(inverse, all);
    return for_pairs<Products>(all, all, true, members_for_pairs(all, all), [products, n](size_t, size_t i, size_t j, double product) {
        products[i * n + j] = product;
        products[j * n + i] = product;
    });
}

}  // namespace autoprune::AUTOPRUNE_PATH
