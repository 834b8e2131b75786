#pragma once
// Numbers of half precision where the processor has no instruction for them: a sign, 5 bits of exponent, 10 of fraction.
#include <cstdint>

namespace autoprune::AUTOPRUNE_PATH {

// Exact.
inline float float_of(uint16_t half) {
    const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
    const uint32_t rest = half & 0x7fff;
    float value;
    if (rest >= 0x7c00) {
        // Infinity, or no number
        const uint32_t bits = 0x7f800000 | ((rest & 0x3ff) << 13);
        __builtin_memcpy(&value, &bits, sizeof value);
    } else {
        // As the bits of a float32 the exponent is 112 too small, for numbers without a leading one too.
        const uint32_t bits = rest << 13;
        __builtin_memcpy(&value, &bits, sizeof value);
        value *= 0x1p112f;
    }
    uint32_t bits;
    __builtin_memcpy(&bits, &value, sizeof bits);
    bits |= sign;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
}

// The nearest one, ties to even; infinity beyond the largest.
inline uint16_t half_of(float value) {
    uint32_t bits;
    __builtin_memcpy(&bits, &value, sizeof bits);
    const uint32_t sign = (bits >> 16) & 0x8000;
    const uint32_t size = bits & 0x7fffffff;
    if (size > 0x7f800000) { return static_cast<uint16_t>(sign | 0x7e00); }
    if (size >= 0x477ff000) { return static_cast<uint16_t>(sign | 0x7c00); }
    if (size >= 0x38800000) {
        // The last bit that stays decides a tie.
        const uint32_t odd = (size >> 13) & 1;
        return static_cast<uint16_t>(sign | ((size - 0x38000000 + 0xfff + odd) >> 13));
    }
    // Below 2^-14 halves are multiples of 2^-24, which the sum with 0.5 rounds to.
    float whole;
    __builtin_memcpy(&whole, &size, sizeof whole);
    whole += 0.5f;
    uint32_t steps;
    __builtin_memcpy(&steps, &whole, sizeof steps);
    return static_cast<uint16_t>(sign | (steps & 0x7ff));
}

}  // namespace autoprune::AUTOPRUNE_PATH
