#pragma once
#include "kernels.h"

namespace autoprune {

// Copies rows of source (n, width) to out (count, width). False for a row outside [0, n).
bool gather_rows(float* out, const Matrix& source, const int32_t* rows, size_t count);

}  // namespace autoprune
