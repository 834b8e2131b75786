#pragma once
// Vectors of one instruction set, in the namespace of its path.
//
// Files in this folder are compiled once per path with its flags. They must not instantiate templates or call inline
// functions of the standard library: the linker keeps one copy of those, which could be the one for AVX-512, and a
// processor without it would die in code that has nothing to do with this folder.
#include <cstddef>
#include <cstdint>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "path/half.h"

#define AUTOPRUNE_TEXT_OF(name) #name
#define AUTOPRUNE_TEXT(name) AUTOPRUNE_TEXT_OF(name)

namespace autoprune::AUTOPRUNE_PATH {

#if defined(__AVX512F__)
constexpr int kLanes = 8;
#elif defined(__AVX2__)
constexpr int kLanes = 4;
#else
constexpr int kLanes = 2;  // SSE2 and NEON
#endif
constexpr int kFloatLanes = 2 * kLanes;

typedef double Doubles __attribute__((vector_size(kLanes * 8)));
typedef uint64_t Words __attribute__((vector_size(kLanes * 8)));
typedef float HalfFloats __attribute__((vector_size(kLanes * 4)));
typedef float Floats __attribute__((vector_size(kFloatLanes * 4)));

inline Doubles load(const double* source) {
    Doubles values;
    __builtin_memcpy(&values, source, sizeof values);
    return values;
}

// Conversions are written out: compilers take the general one apart into those of narrower vectors.
inline Doubles load(const float* source) {
#if defined(__AVX512F__)
    return _mm512_maskz_cvtps_pd(0xff, _mm256_loadu_ps(source));
#elif defined(__AVX2__)
    return _mm256_cvtps_pd(_mm_loadu_ps(source));
#else
    HalfFloats values;
    __builtin_memcpy(&values, source, sizeof values);
    return __builtin_convertvector(values, Doubles);
#endif
}

inline Floats load_floats(const float* source) {
    Floats values;
    __builtin_memcpy(&values, source, sizeof values);
    return values;
}

// Of half precision; exact.
inline Floats load_floats(const uint16_t* source) {
#if defined(__AVX512F__)
    return _mm512_maskz_cvtph_ps(0xffff, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(source)));
#elif defined(__AVX2__)
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(source)));
#else
    Floats values;
    for (int lane = 0; lane < kFloatLanes; lane++) { values[lane] = float_of(source[lane]); }
    return values;
#endif
}

inline Floats load_floats(const int8_t* source) {
#if defined(__AVX512F__)
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(source));
    return _mm512_maskz_cvtepi32_ps(0xffff, _mm512_maskz_cvtepi8_epi32(0xffff, bytes));
#elif defined(__AVX2__)
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(source))));
#else
    Floats values;
    for (int lane = 0; lane < kFloatLanes; lane++) { values[lane] = source[lane]; }
    return values;
#endif
}

template <class Vector, class T>
inline void store(T* target, Vector values) {
    __builtin_memcpy(target, &values, sizeof values);
}

inline HalfFloats rounded(Doubles values) {
#if defined(__AVX512F__)
    return _mm512_maskz_cvtpd_ps(0xff, values);
#elif defined(__AVX2__)
    return _mm256_cvtpd_ps(values);
#else
    return __builtin_convertvector(values, HalfFloats);
#endif
}

inline Doubles broadcast(double value) { return value - Doubles{}; }
inline Floats broadcast_floats(float value) { return value - Floats{}; }

// a * b + c; fused where the path can. Where a * b is exact the result is the same everywhere.
inline Doubles multiply_add(Doubles a, Doubles b, Doubles c) {
#if defined(__AVX512F__)
    return _mm512_fmadd_pd(a, b, c);
#elif defined(__FMA__)
    return _mm256_fmadd_pd(a, b, c);
#else
    return a * b + c;
#endif
}

inline Floats multiply_add(Floats a, Floats b, Floats c) {
#if defined(__AVX512F__)
    return _mm512_fmadd_ps(a, b, c);
#elif defined(__FMA__)
    return _mm256_fmadd_ps(a, b, c);
#else
    return a * b + c;
#endif
}

inline float sum_of(Floats values) {
#if defined(__AVX512F__)
    return _mm512_reduce_add_ps(values);
#else
    float sum = 0;
    for (int lane = 0; lane < kFloatLanes; lane++) { sum += values[lane]; }
    return sum;
#endif
}

inline double sum_of(Doubles values) {
    double sum = 0;
    for (int lane = 0; lane < kLanes; lane++) { sum += values[lane]; }
    return sum;
}

}  // namespace autoprune::AUTOPRUNE_PATH
