#pragma once
#include "kernels.h"

namespace autoprune::AUTOPRUNE_PATH {

void quantize_row(const Int8Row& row, const float* x, size_t width);
void multiply_int4(float* const* outs, const Int4Matrix& matrix, const Int8Row* rows, size_t count, size_t begin, size_t end);

}  // namespace autoprune::AUTOPRUNE_PATH
