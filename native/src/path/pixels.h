#pragma once
// Bytes of a picture in vectors, and their weighed sums.
#include "path/simd.h"
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace autoprune::AUTOPRUNE_PATH {

// Sixteen bytes, and their sums in as many registers as the path needs. Sums wrap as the reference's do. Conversions are
// written out: a compiler takes the general ones apart, value by value.
constexpr size_t kBytes = 16;
constexpr size_t kParts = kBytes / kFloatLanes;
typedef uint8_t Bytes __attribute__((vector_size(kBytes)));
typedef uint32_t Part __attribute__((vector_size(kFloatLanes * 4)));
typedef int32_t Levels __attribute__((vector_size(kFloatLanes * 4)));

constexpr int kWeightBits = 22;
constexpr uint32_t kHalf = 1u << (kWeightBits - 1);

struct Sums {
    Part part[kParts];

    void start() {
        for (size_t p = 0; p < kParts; p++) { part[p] = Part{} + kHalf; }
    }
    void add(const Sums& values, uint32_t weight) {
        for (size_t p = 0; p < kParts; p++) { part[p] += values.part[p] * weight; }
    }
};

inline Sums widened(const uint8_t* source) {
    Bytes bytes;
    __builtin_memcpy(&bytes, source, sizeof bytes);
#if defined(__AVX512F__)
    return {{(Part)_mm512_maskz_cvtepu8_epi32(0xffff, (__m128i)bytes)}};
#elif defined(__AVX2__)
    const __m128i all = (__m128i)bytes;
    return {{(Part)_mm256_cvtepu8_epi32(all), (Part)_mm256_cvtepu8_epi32(_mm_srli_si128(all, 8))}};
#elif defined(__SSE2__)
    const __m128i all = (__m128i)bytes;
    const __m128i none = _mm_setzero_si128();
    const __m128i low = _mm_unpacklo_epi8(all, none);
    const __m128i high = _mm_unpackhi_epi8(all, none);
    return {{(Part)_mm_unpacklo_epi16(low, none), (Part)_mm_unpackhi_epi16(low, none),
             (Part)_mm_unpacklo_epi16(high, none), (Part)_mm_unpackhi_epi16(high, none)}};
#else
    Sums sums;
    for (size_t i = 0; i < kBytes; i++) { sums.part[i / kFloatLanes][i % kFloatLanes] = bytes[i]; }
    return sums;
#endif
}

inline Levels clipped(Part sums) {
    const Levels levels = (Levels)sums >> kWeightBits;
    const Levels above = levels < 0 ? Levels{} : levels;
    return above > 255 ? Levels{} + 255 : above;
}

// Sums rounded and clipped to bytes.
inline Bytes narrowed(const Sums& sums) {
#if defined(__AVX512F__)
    return (Bytes)_mm512_maskz_cvtepi32_epi8(0xffff, (__m512i)clipped(sums.part[0]));
#elif defined(__AVX2__)
    const __m256i shorts = _mm256_packs_epi32((__m256i)clipped(sums.part[0]), (__m256i)clipped(sums.part[1]));
    const __m256i ordered = _mm256_permute4x64_epi64(shorts, 0xd8);
    return (Bytes)_mm_packus_epi16(_mm256_castsi256_si128(ordered), _mm256_extracti128_si256(ordered, 1));
#elif defined(__SSE2__)
    const __m128i low = _mm_packs_epi32((__m128i)clipped(sums.part[0]), (__m128i)clipped(sums.part[1]));
    const __m128i high = _mm_packs_epi32((__m128i)clipped(sums.part[2]), (__m128i)clipped(sums.part[3]));
    return (Bytes)_mm_packus_epi16(low, high);
#else
    Bytes result;
    for (size_t p = 0; p < kParts; p++) {
        const Levels levels = clipped(sums.part[p]);
        for (size_t lane = 0; lane < kFloatLanes; lane++) { result[p * kFloatLanes + lane] = static_cast<uint8_t>(levels[lane]); }
    }
    return result;
#endif
}

inline uint8_t narrowed(uint32_t sum) {
    const int32_t level = static_cast<int32_t>(sum) >> kWeightBits;
    return static_cast<uint8_t>(level < 0 ? 0 : level > 255 ? 255 : level);
}

inline Doubles doubles_of(const uint8_t* source) {
#if defined(__AVX2__)
    long long bytes = 0;
    __builtin_memcpy(&bytes, source, kLanes);
    const __m128i all = _mm_cvtsi64_si128(bytes);
#if defined(__AVX512F__)
    return _mm512_maskz_cvtepi32_pd(0xff, _mm256_cvtepu8_epi32(all));
#else
    return _mm256_cvtepi32_pd(_mm_cvtepu8_epi32(all));
#endif
#else
    float values[kLanes];
    for (size_t lane = 0; lane < kLanes; lane++) { values[lane] = source[lane]; }
    return load(values);
#endif
}

}  // namespace autoprune::AUTOPRUNE_PATH
