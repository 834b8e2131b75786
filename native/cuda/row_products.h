#pragma once
#include "device.h"

namespace autoprune::cuda {

constexpr int kQuad = 4;  // lanes that share a row
constexpr int kRowsOfBlock = kThreads / kQuad;

// Product of two rows in float64 by four lanes, each with one of the reference's four sums; the same in all of them. For a
// whole warp.
__device__ inline double row_product(const float* a, const float* b, int width) {
    const int part = static_cast<int>(threadIdx.x) % kQuad;
    const int whole = width / kQuad * kQuad;
    double sum = 0;
    for (int k = part; k < whole; k += kQuad) { sum = fma(static_cast<double>(a[k]), static_cast<double>(b[k]), sum); }
    for (int k = whole; part == 0 && k < width; k++) { sum = fma(static_cast<double>(a[k]), static_cast<double>(b[k]), sum); }
    sum += __shfl_xor_sync(kAllLanes, sum, 1);
    return sum + __shfl_xor_sync(kAllLanes, sum, 2);
}

// 1 / Euclidean norm from the product of a row with itself; 0 for a zero row.
__device__ inline double inverse_norm(double square) {
    const double norm = sqrt(square);
    return norm == 0 ? 0 : 1 / norm;
}

// The row that this lane's quad works on, in a grid with kRowsOfBlock rows a block.
__device__ inline int row_of_quad() {
    return static_cast<int>(blockIdx.x) * kRowsOfBlock + static_cast<int>(threadIdx.x) / kQuad;
}

}  // namespace autoprune::cuda
