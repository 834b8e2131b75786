#pragma once
#include "kernels.h"
#include "path/simd.h"

namespace autoprune::AUTOPRUNE_PATH {

bool attention_scores(float* mean, double* information, const TextRows& text);

}  // namespace autoprune::AUTOPRUNE_PATH
