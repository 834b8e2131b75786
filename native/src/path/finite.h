#pragma once
#include "path/simd.h"

namespace autoprune::AUTOPRUNE_PATH {

// True when no value is NaN or infinite: x - x is 0 for finite x and NaN otherwise.
inline bool all_finite(const float* values, size_t count) {
    Floats sum = {};
    size_t i = 0;
    for (; i + kFloatLanes <= count; i += kFloatLanes) {
        const Floats x = load_floats(values + i);
        sum += x - x;
    }
    float rest = 0;
    for (int lane = 0; lane < kFloatLanes; lane++) { rest += sum[lane]; }
    for (; i < count; i++) { rest += values[i] - values[i]; }
    return rest == 0;
}

}  // namespace autoprune::AUTOPRUNE_PATH
