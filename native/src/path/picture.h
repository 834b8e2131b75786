#pragma once
#include "kernels.h"
#include "path/simd.h"

namespace autoprune::AUTOPRUNE_PATH {

bool weigh_columns(const PixelTarget& out, const PixelRows& source, size_t channels, const AxisWeights& axis);
bool weigh_rows(const PixelTarget& out, const PixelRows& source, const int32_t* rows, size_t row_count,
                const AxisWeights& axis);
void normalise_pixels(float* values, const uint8_t* pixels, size_t count, double factor, float mean, float deviation);

}  // namespace autoprune::AUTOPRUNE_PATH
