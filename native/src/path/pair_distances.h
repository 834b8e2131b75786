#pragma once
#include "kernels.h"
#include "path/simd.h"

namespace autoprune::AUTOPRUNE_PATH {

bool pair_distances(float* distance, const Matrix& tokens);

}  // namespace autoprune::AUTOPRUNE_PATH
