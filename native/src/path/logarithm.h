#pragma once
#include "path/simd.h"

namespace autoprune::AUTOPRUNE_PATH {

// log2 of normal, positive numbers within 3e-15; of an infinite or undefined one infinite or undefined.
#if defined(__AVX512F__)

// x = 2^k m with m in [1, 2), in the sixteenth j of it with the middle M: log2 x = k + log2 M + log2(1 + r), where
// r = m / M - 1 is at most 1/33.
inline Doubles log2_of(Doubles x) {
    // 1 / M and log2 M for every sixteenth; the logarithm is that of the quotient as rounded.
    const Doubles inverse_low = {0.9696969696969697, 0.9142857142857143, 0.8648648648648649, 0.8205128205128205,
                                 0.7804878048780488, 0.7441860465116279, 0.7111111111111111, 0.6808510638297872};
    const Doubles inverse_high = {0.6530612244897959, 0.6274509803921569, 0.6037735849056604, 0.5818181818181818,
                                  0.5614035087719298, 0.5423728813559322, 0.5245901639344263, 0.5079365079365079};
    const Doubles log_low = {0.044394119358453395, 0.1292830169449665,  0.2094533656289497,  0.28540221886224837,
                             0.3575520046180836,   0.42626475470209796, 0.49185309632967467, 0.5545888516776374};
    const Doubles log_high = {0.6147098441152083, 0.6724253419714956, 0.7279204545631992, 0.7813597135246597,
                              0.8328900141647417, 0.8826430493618412, 0.9307373375628862, 0.9772799234999165};
    // log2(1 + r) / r, by interpolation at Chebyshev's nodes: within 2.1e-15 after the product with r.
    constexpr double kTerms[] = {-0.24073923737670794, 0.28853888976061043, -0.3606736270065264,
                                 0.4808983469765815,   -0.7213475204597741, 1.4426950408889634};
    // The lowest four bits of an index count.
    const __m512i sixteenth = (__m512i)((Words)x >> 48);
    const Doubles inverse = _mm512_permutex2var_pd(inverse_low, sixteenth, inverse_high);
    const Doubles log = _mm512_permutex2var_pd(log_low, sixteenth, log_high);
    const Doubles m = _mm512_maskz_getmant_pd(0xff, x, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_zero);
    const Doubles r = multiply_add(m, inverse, broadcast(-1.0));
    Doubles quotient = broadcast(0.20635713151278554);
    for (const double term : kTerms) { quotient = multiply_add(quotient, r, broadcast(term)); }
    return multiply_add(quotient, r, log + _mm512_maskz_getexp_pd(0xff, x));
}

#else

// x = 2^k m with m in [sqrt(1/2), sqrt(2)), ln m = 2 atanh(s) with s = (m - 1) / (m + 1), and the minimax polynomial of
// fdlibm's e_log.c for the series in s^2.
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
    // x - x is undefined for an infinite x, which the bits would hide.
    return multiply_add(log, broadcast(1.44269504088896338700), k) + (x - x);
}

#endif

}  // namespace autoprune::AUTOPRUNE_PATH
