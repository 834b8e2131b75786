#pragma once
// Rounding of rows to 8-bit integers.
#include "path/simd.h"

namespace autoprune::AUTOPRUNE_PATH {

// The largest magnitude of x (count); NaN where there is one, so that it shows in whatever is made of it.
inline float largest_of(const float* x, size_t count) {
    Floats most = {};
    const size_t whole = count - count % kFloatLanes;
    for (size_t i = 0; i < whole; i += kFloatLanes) {
        const Floats value = load_floats(x + i);
        const Floats size = value < 0 ? -value : value;
        // What is no number becomes the largest and stays it.
        most = ((size > most) | (size != size)) ? size : most;
    }
    float largest = 0;
    const auto take = [&](float size) { largest = size > largest || size != size ? size : largest; };
    for (int lane = 0; lane < kFloatLanes; lane++) { take(most[lane]); }
    for (size_t i = whole; i < count; i++) { take(x[i] < 0 ? -x[i] : x[i]); }
    return largest;
}

// The nearest whole number of x within +-2^22, ties to even, through the rounding of a sum with 1.5 * 2^23: it stands in
// the low bits. The low byte, for anything else.
inline int32_t nearest(float x) {
    const float shifted = x + 0x1.8p23f;
    int32_t bits;
    __builtin_memcpy(&bits, &shifted, sizeof bits);
    return static_cast<int8_t>(bits);
}

}  // namespace autoprune::AUTOPRUNE_PATH
