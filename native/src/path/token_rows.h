#pragma once
#include "kernels.h"

namespace autoprune::AUTOPRUNE_PATH {

void root_mean_square_norm(float* out, const float* x, const float* weight, size_t width, float epsilon);
void gate(float* gate, const float* up, size_t count);

}  // namespace autoprune::AUTOPRUNE_PATH
