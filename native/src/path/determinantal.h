#pragma once
#include "kernels.h"
#include "path/simd.h"

namespace autoprune::AUTOPRUNE_PATH {

bool select_determinantal(int32_t* order, float* gains, size_t count, const Matrix& tokens, const float* relevance);

}  // namespace autoprune::AUTOPRUNE_PATH
