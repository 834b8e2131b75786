#include "path/packed_rows.h"

#include "path/nearest.h"
#include "path/simd.h"

namespace autoprune::AUTOPRUNE_PATH {
namespace {

constexpr float kHighest = 127;

#if defined(__AVX2__)
void store_halves(uint16_t* target, Floats values) {
#if defined(__AVX512F__)
    const __m256i halves = _mm512_maskz_cvtps_ph(0xffff, values, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(target), halves);
#else
    const __m128i halves = _mm256_cvtps_ph(values, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(target), halves);
#endif
}
#endif

void pack_row(int8_t* bytes, float* scale, const float* x, size_t width) {
    const float largest = largest_of(x, width);
    *scale = largest / kHighest;
    const float inverse = largest > 0 ? kHighest / largest : 0;
    for (size_t i = 0; i < width; i++) { bytes[i] = static_cast<int8_t>(nearest(x[i] * inverse)); }
}

}  // namespace

void pack_halves(uint16_t* halves, const float* x, size_t count) {
    size_t i = 0;
#if defined(__AVX2__)
    for (; i + kFloatLanes <= count; i += kFloatLanes) { store_halves(halves + i, load_floats(x + i)); }
#endif
    for (; i < count; i++) { halves[i] = half_of(x[i]); }
}

void unpack_halves(float* x, const uint16_t* halves, size_t count) {
    size_t i = 0;
    for (; i + kFloatLanes <= count; i += kFloatLanes) { store(x + i, load_floats(halves + i)); }
    for (; i < count; i++) { x[i] = float_of(halves[i]); }
}

void pack_bytes(int8_t* bytes, float* scales, const float* x, size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++) { pack_row(bytes + r * width, scales + r, x + r * width, width); }
}

void unpack_bytes(float* x, const int8_t* bytes, const float* scales, size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++) {
        const Floats scale = broadcast_floats(scales[r]);
        size_t i = r * width;
        const size_t end = i + width;
        for (; i + kFloatLanes <= end; i += kFloatLanes) { store(x + i, load_floats(bytes + i) * scale); }
        for (; i < end; i++) { x[i] = static_cast<float>(bytes[i]) * scales[r]; }
    }
}

}  // namespace autoprune::AUTOPRUNE_PATH
