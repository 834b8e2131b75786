#pragma once
#include "kernels.h"
#include "path/simd.h"

namespace autoprune::AUTOPRUNE_PATH {

bool mutual_information(double* information, const float* attention, size_t heads, size_t rows, size_t columns);

// The same for one head; marginal (columns) is working memory.
double head_information(const float* attention, size_t rows, size_t columns, double* marginal);

}  // namespace autoprune::AUTOPRUNE_PATH
