#pragma once
#include "kernels.h"

namespace autoprune::AUTOPRUNE_PATH {

void pack_halves(uint16_t* halves, const float* x, size_t count);
void unpack_halves(float* x, const uint16_t* halves, size_t count);
void pack_bytes(int8_t* bytes, float* scales, const float* x, size_t rows, size_t width);
void unpack_bytes(float* x, const int8_t* bytes, const float* scales, size_t rows, size_t width);

}  // namespace autoprune::AUTOPRUNE_PATH
