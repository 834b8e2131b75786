#pragma once
#include "kernels.h"

namespace autoprune::AUTOPRUNE_PATH {

void rotate(float* x, const float* cosines, const float* sines, size_t half);
void attend(float* out, float* weights, const float* query, const HeadCache& cache);

}  // namespace autoprune::AUTOPRUNE_PATH
