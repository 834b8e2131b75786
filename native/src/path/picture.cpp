#include "path/picture.h"

#include "scratch.h"
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace autoprune::AUTOPRUNE_PATH {
namespace {

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

// What one output of an axis reads of the `limit` rows or columns that there are.
struct Taps {
    size_t first;
    size_t count;

    bool read(const AxisWeights& axis, size_t output, size_t limit) {
        first = static_cast<size_t>(axis.first[output]);  // a negative one becomes a huge one
        count = static_cast<size_t>(axis.count[output]);
        return count <= axis.stride && first <= limit && count <= limit - first;
    }
};

// The 8 x 8 bytes at `source`, one row every `stride`, transposed: row i of the result at target + i * target_stride.
inline void transpose_8x8(uint8_t* target, size_t target_stride, const uint8_t* source, size_t stride) {
    uint64_t rows[8];
    for (size_t i = 0; i < 8; i++) { __builtin_memcpy(rows + i, source + i * stride, 8); }
    const auto exchange = [&rows](size_t distance, unsigned shift, uint64_t mask) {
        for (size_t i = 0; i < 8; i++) {
            if (i & distance) { continue; }
            const uint64_t difference = ((rows[i] >> shift) ^ rows[i + distance]) & mask;
            rows[i] ^= difference << shift;
            rows[i + distance] ^= difference;
        }
    };
    exchange(4, 32, 0x00000000ffffffffull);
    exchange(2, 16, 0x0000ffff0000ffffull);
    exchange(1, 8, 0x00ff00ff00ff00ffull);
    for (size_t i = 0; i < 8; i++) { __builtin_memcpy(target + i * target_stride, rows + i, 8); }
}

// columns (length, kBytes): `count` rows of `length` bytes, transposed; what lies past the rows is 0.
void transpose(uint8_t* columns, const uint8_t* source, size_t stride, size_t length, size_t count) {
    size_t x = 0;
    if (count == kBytes) {
        for (; x + 8 <= length; x += 8) {
            transpose_8x8(columns + x * kBytes, kBytes, source + x, stride);
            transpose_8x8(columns + x * kBytes + 8, kBytes, source + 8 * stride + x, stride);
        }
    }
    for (; x < length; x++) {
        for (size_t row = 0; row < kBytes; row++) {
            columns[x * kBytes + row] = row < count ? source[row * stride + x] : 0;
        }
    }
}

// `count` rows of `length` bytes from columns (length, kBytes).
void transpose_back(uint8_t* rows, size_t stride, const uint8_t* columns, size_t length, size_t count) {
    size_t x = 0;
    if (count == kBytes) {
        for (; x + 8 <= length; x += 8) {
            transpose_8x8(rows + x, stride, columns + x * kBytes, kBytes);
            transpose_8x8(rows + 8 * stride + x, stride, columns + x * kBytes + 8, kBytes);
        }
    }
    for (; x < length; x++) {
        for (size_t row = 0; row < count; row++) { rows[row * stride + x] = columns[x * kBytes + row]; }
    }
}

// One output column of kBytes rows, for Channels channels: sums of columns (taps, Channels, kBytes).
template <size_t Channels>
void weigh_pixel(uint8_t* out, const uint8_t* columns, const int32_t* weights, size_t taps) {
    Sums sums[Channels];
    for (size_t c = 0; c < Channels; c++) { sums[c].start(); }
    for (size_t tap = 0; tap < taps; tap++) {
        const uint32_t weight = static_cast<uint32_t>(weights[tap]);
        for (size_t c = 0; c < Channels; c++) { sums[c].add(widened(columns + (tap * Channels + c) * kBytes), weight); }
    }
    for (size_t c = 0; c < Channels; c++) { store(out + c * kBytes, narrowed(sums[c])); }
}

using WeighPixel = void (*)(uint8_t*, const uint8_t*, const int32_t*, size_t);
constexpr WeighPixel kWeighPixel[] = {weigh_pixel<1>, weigh_pixel<2>, weigh_pixel<3>, weigh_pixel<4>};

}  // namespace

// Lanes are rows: sixteen at a time are transposed, weighed and transposed back.
bool weigh_columns(const PixelTarget& out, const PixelRows& source, size_t channels, const AxisWeights& axis) {
    if (channels < 1 || channels > 4) { return false; }
    const size_t length = source.bytes;
    const size_t out_length = axis.outputs * channels;
    Scratch<uint8_t> columns(length * kBytes);
    Scratch<uint8_t> weighed(out_length * kBytes);
    if (!columns || !weighed) { return false; }
    for (size_t row = 0; row < source.rows; row += kBytes) {
        const size_t count = source.rows - row < kBytes ? source.rows - row : kBytes;
        transpose(columns.data(), source.data + row * source.stride, source.stride, length, count);
        for (size_t o = 0; o < axis.outputs; o++) {
            Taps taps;
            if (!taps.read(axis, o, length / channels)) { return false; }
            kWeighPixel[channels - 1](weighed.data() + o * channels * kBytes,
                                      columns.data() + taps.first * channels * kBytes, axis.weights + o * axis.stride,
                                      taps.count);
        }
        transpose_back(out.data + row * out.stride, out.stride, weighed.data(), out_length, count);
    }
    return true;
}

// Lanes are bytes of a row.
bool weigh_rows(const PixelTarget& out, const PixelRows& source, const int32_t* rows, size_t row_count,
                const AxisWeights& axis) {
    Scratch<const uint8_t*> taken(axis.stride);
    if (!taken) { return false; }
    for (size_t o = 0; o < axis.outputs; o++) {
        Taps taps;
        if (!taps.read(axis, o, row_count)) { return false; }
        for (size_t tap = 0; tap < taps.count; tap++) {
            const size_t row = static_cast<size_t>(rows[taps.first + tap]);
            if (row >= source.rows) { return false; }
            taken[tap] = source.data + row * source.stride;
        }
        const int32_t* const weights = axis.weights + o * axis.stride;
        uint8_t* const target = out.data + o * out.stride;
        constexpr size_t kBlock = 2;
        size_t x = 0;
        for (; x + kBlock * kBytes <= source.bytes; x += kBlock * kBytes) {
            Sums sums[kBlock];
            for (size_t b = 0; b < kBlock; b++) { sums[b].start(); }
            for (size_t tap = 0; tap < taps.count; tap++) {
                const uint32_t weight = static_cast<uint32_t>(weights[tap]);
                for (size_t b = 0; b < kBlock; b++) { sums[b].add(widened(taken[tap] + x + b * kBytes), weight); }
            }
            for (size_t b = 0; b < kBlock; b++) { store(target + x + b * kBytes, narrowed(sums[b])); }
        }
        for (; x < source.bytes; x++) {
            uint32_t sum = kHalf;
            for (size_t tap = 0; tap < taps.count; tap++) { sum += taken[tap][x] * static_cast<uint32_t>(weights[tap]); }
            target[x] = narrowed(sum);
        }
    }
    return true;
}

void normalise_pixels(float* values, const uint8_t* pixels, size_t count, double factor, float mean, float deviation) {
    size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        float few[kLanes];
        for (size_t lane = 0; lane < kLanes; lane++) { few[lane] = pixels[i + lane]; }
        store(values + i, (rounded(load(few) * factor) - mean) / deviation);
    }
    for (; i < count; i++) { values[i] = (static_cast<float>(pixels[i] * factor) - mean) / deviation; }
}

}  // namespace autoprune::AUTOPRUNE_PATH
