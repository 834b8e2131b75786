#pragma once
#include "kernels.h"
#include "path/simd.h"

namespace autoprune::AUTOPRUNE_PATH {

bool map_rows(float* out, const Matrix& source, const RowMap& map);

}  // namespace autoprune::AUTOPRUNE_PATH
