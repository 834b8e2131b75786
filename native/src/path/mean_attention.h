#pragma once
#include "kernels.h"
#include "path/simd.h"

namespace autoprune::AUTOPRUNE_PATH {

bool mean_attention(float* mean, const float* attention, size_t rows, size_t columns);

}  // namespace autoprune::AUTOPRUNE_PATH
