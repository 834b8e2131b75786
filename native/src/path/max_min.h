#pragma once
#include "kernels.h"
#include "path/simd.h"

namespace autoprune::AUTOPRUNE_PATH {

bool select_max_min(int32_t* order, size_t count, const Matrix& tokens);

}  // namespace autoprune::AUTOPRUNE_PATH
