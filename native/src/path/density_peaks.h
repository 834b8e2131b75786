#pragma once
#include "kernels.h"
#include "path/simd.h"

namespace autoprune::AUTOPRUNE_PATH {

bool density_peaks(const DensityPeaks& peaks, const float* distance, const float* density, size_t m);

}  // namespace autoprune::AUTOPRUNE_PATH
