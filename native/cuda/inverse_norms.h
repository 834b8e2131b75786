#pragma once
#include "count.h"
#include "queue.h"

namespace autoprune::cuda {

// tokens (n, width) -> inverse (n): 1 / Euclidean norm, 0 for a zero row
bool inverse_norms(Call& call, double* inverse, const float* tokens, Count n, int width);

}  // namespace autoprune::cuda
