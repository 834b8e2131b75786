#pragma once
#include "path/simd.h"

namespace autoprune::AUTOPRUNE_PATH {

// e^x for x <= 0, within 2 units in the last place; 0 below -700.
inline Doubles exp_of(Doubles x) {
    const Doubles low = broadcast(-700.0);
    const Doubles clamped = x < low ? low : x;
    // The nearest whole number of powers of two, through the rounding of a sum with 1.5 * 2^52.
    const Doubles magic = broadcast(0x1.8p52);
    const Doubles shifted = multiply_add(clamped, broadcast(1.44269504088896338700), magic);
    const Doubles n = shifted - magic;
    const Doubles rest =
        multiply_add(n, broadcast(-1.90821492927058770002e-10), multiply_add(n, broadcast(-6.93147180369123816490e-01), clamped));
    // Taylor's series to the 13th power; |rest| <= ln 2 / 2.
    constexpr double kTerms[] = {1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720,
                                 1.0 / 120,       1.0 / 24,       1.0 / 6,       0.5,          1.0,         1.0};
    Doubles series = broadcast(1.0 / 6227020800);
    for (const double term : kTerms) { series = multiply_add(series, rest, broadcast(term)); }
    const Words power = ((Words)shifted - (Words)magic) << 52;
    const Doubles result = (Doubles)((Words)series + power);
    return x < low ? Doubles{} : result;
}

}  // namespace autoprune::AUTOPRUNE_PATH
