#pragma once
#include <cstddef>

namespace autoprune {

// sums (m): of the squares of the `neighbours` smallest of each row of distance (m, m), smallest first. False where a
// distance is negative or NaN, or without memory.
bool neighbour_sums(double* sums, const float* distance, size_t m, size_t neighbours);

}  // namespace autoprune
