#pragma once
#include "kernels.h"
#include "path/simd.h"

namespace autoprune::AUTOPRUNE_PATH {

bool similarity_matrix(float* similarity, const Matrix& tokens);

bool nearest_targets(int32_t* nearest, float* similarity, const Matrix& tokens, const int32_t* rows, size_t r,
                     const int32_t* targets, size_t t);

}  // namespace autoprune::AUTOPRUNE_PATH
