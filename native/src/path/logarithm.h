#pragma once
#include "path/simd.h"

namespace autoprune::AUTOPRUNE_PATH {

// log2 of normal, positive, finite numbers, within 2 units in the last place: x = 2^k m with m in [sqrt(1/2), sqrt(2)),
// ln m = 2 atanh(s) with s = (m - 1) / (m + 1), and the minimax polynomial of fdlibm's e_log.c for the series in s^2.
inline Doubles log2_of(Doubles x) {
    const Words one = Words{} + 0x3ff0000000000000ull;
    const Words half_root = Words{} + 0x3fe6a09e667f3bcdull;
    // Exponent as a double, through the bits of 2^52 + biased exponent.
    const Words biased = ((Words)x - half_root + one) >> 52;
    const Doubles k = (Doubles)(biased | 0x4330000000000000ull) - (0x1p52 + 1023.0);
    const Doubles m = (Doubles)((Words)x - (biased << 52) + one);
    const Doubles f = m - 1.0;
    const Doubles s = f / (f + 2.0);
    const Doubles z = s * s;
    Doubles r = broadcast(1.479819860511658591e-01);
    constexpr double kTerms[] = {1.531383769920937332e-01, 1.818357216161805012e-01, 2.222219843214978396e-01,
                                 2.857142874366239149e-01, 3.999999999940941908e-01, 6.666666666666735130e-01};
    for (const double term : kTerms) {
        r = multiply_add(r, z, broadcast(term));
    }
    const Doubles square = f * f * 0.5;
    const Doubles log = f - (square - s * multiply_add(r, z, square));
    return multiply_add(log, broadcast(1.44269504088896338700), k);
}

}  // namespace autoprune::AUTOPRUNE_PATH
