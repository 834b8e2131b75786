#include "path/int4_product.h"

#include "path/nearest.h"
#include "path/simd.h"

namespace autoprune::AUTOPRUNE_PATH {
namespace {

constexpr size_t kHalf = kInt4Block / 2;
constexpr float kHighest = 127;

#if defined(__AVX2__)

#if defined(__AVX512BW__)
typedef __m512i Bytes;

inline Bytes load_bytes(const void* source) { return _mm512_loadu_si512(source); }
inline Bytes low_halves(Bytes x) { return _mm512_and_si512(x, _mm512_set1_epi8(15)); }
inline Bytes high_halves(Bytes x) { return low_halves(_mm512_srli_epi16(x, 4)); }
inline Bytes in_first_lane(int32_t value) { return _mm512_maskz_set1_epi32(1, value); }
inline Floats to_floats(Bytes sums) { return _mm512_cvtepi32_ps(sums); }

// sums + products of four neighbouring bytes each; weights 0 ... 15, so that nothing saturates.
inline Bytes add_products(Bytes sums, Bytes weights, Bytes row) {
#if defined(__AVX512VNNI__)
    return _mm512_dpbusd_epi32(sums, weights, row);
#else
    const Bytes pairs = _mm512_maddubs_epi16(weights, row);
    return _mm512_add_epi32(sums, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
#endif
}
#else
typedef __m256i Bytes;

inline Bytes load_bytes(const void* source) { return _mm256_loadu_si256(static_cast<const Bytes*>(source)); }
inline Bytes low_halves(Bytes x) { return _mm256_and_si256(x, _mm256_set1_epi8(15)); }
inline Bytes high_halves(Bytes x) { return low_halves(_mm256_srli_epi16(x, 4)); }
inline Bytes in_first_lane(int32_t value) { return _mm256_set_epi32(0, 0, 0, 0, 0, 0, 0, value); }
inline Floats to_floats(Bytes sums) { return _mm256_cvtepi32_ps(sums); }

inline Bytes add_products(Bytes sums, Bytes weights, Bytes row) {
    const Bytes pairs = _mm256_maddubs_epi16(weights, row);
    return _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
#endif

// How far ahead of the products the weights are asked for: a page, where the processor's own prefetch stops.
constexpr size_t kAhead = 4096;

// A row of the matrix times kRows rows -> sums (kRows). Its integers are taken apart once for all of them.
template <size_t kRows>
void products(float* out, const uint8_t* weights, const float* scales, const Int8Row* rows, size_t blocks) {
    Floats total[kRows] = {};
    for (size_t block = 0; block < blocks; block++) {
        const uint8_t* const packed = weights + block * kHalf;
        __builtin_prefetch(packed + kAhead);
        Bytes sums[kRows];
#pragma GCC unroll 4
        for (size_t r = 0; r < kRows; r++) { sums[r] = in_first_lane(rows[r].offsets[block]); }
#pragma GCC unroll 2
        for (size_t i = 0; i < kHalf; i += sizeof(Bytes)) {
            const Bytes bytes = load_bytes(packed + i);
            const Bytes low = low_halves(bytes);
            const Bytes high = high_halves(bytes);
#pragma GCC unroll 4
            for (size_t r = 0; r < kRows; r++) {
                const int8_t* const values = rows[r].values + block * kInt4Block + i;
                sums[r] = add_products(sums[r], low, load_bytes(values));
                sums[r] = add_products(sums[r], high, load_bytes(values + kHalf));
            }
        }
#pragma GCC unroll 4
        for (size_t r = 0; r < kRows; r++) {
            total[r] = multiply_add(to_floats(sums[r]), broadcast_floats(scales[block] * rows[r].scales[block]), total[r]);
        }
    }
    for (size_t r = 0; r < kRows; r++) { out[r] = sum_of(total[r]); }
}

#else

template <size_t kRows>
void products(float* out, const uint8_t* weights, const float* scales, const Int8Row* rows, size_t blocks) {
    for (size_t r = 0; r < kRows; r++) {
        float sum = 0;
        for (size_t block = 0; block < blocks; block++) {
            const uint8_t* const packed = weights + block * kHalf;
            const int8_t* const values = rows[r].values + block * kInt4Block;
            int32_t products = rows[r].offsets[block];
            for (size_t i = 0; i < kHalf; i++) {
                products += (packed[i] & 15) * values[i] + (packed[i] >> 4) * values[kHalf + i];
            }
            sum += static_cast<float>(products) * (scales[block] * rows[r].scales[block]);
        }
        out[r] = sum;
    }
}

#endif

// Rows whose sums stay in registers.
constexpr size_t kMostRows = 4;

// One output of each of kRows rows at a time.
template <size_t kRows>
void multiply_rows(float* const* outs, const Int4Matrix& matrix, const Int8Row* rows, size_t begin, size_t end) {
    for (size_t output = begin; output < end; output++) {
        const size_t first = output * matrix.blocks;
        float sums[kRows];
        products<kRows>(sums, matrix.values + first * kHalf, matrix.scales + first, rows, matrix.blocks);
        for (size_t r = 0; r < kRows; r++) { outs[r][output - begin] = sums[r]; }
    }
}

// One block of a row; x (kInt4Block).
void quantize_block(int8_t* values, float* scale, int32_t* offset, const float* x) {
    const float largest = largest_of(x, kInt4Block);
    *scale = largest / kHighest;
    const float inverse = largest > 0 ? kHighest / largest : 0;
    int32_t rounded[kInt4Block];
    for (size_t i = 0; i < kInt4Block; i++) { rounded[i] = nearest(x[i] * inverse); }
    int32_t sum = 0;
    for (size_t i = 0; i < kHalf; i++) {
        values[i] = static_cast<int8_t>(rounded[2 * i]);
        values[kHalf + i] = static_cast<int8_t>(rounded[2 * i + 1]);
        sum += rounded[2 * i] + rounded[2 * i + 1];
    }
    *offset = -8 * sum;
}

}  // namespace

void quantize_row(const Int8Row& row, const float* x, size_t width) {
    const size_t whole = width / kInt4Block;
    for (size_t block = 0; block < whole; block++) {
        quantize_block(row.values + block * kInt4Block, row.scales + block, row.offsets + block, x + block * kInt4Block);
    }
    if (whole * kInt4Block == width) { return; }
    float rest[kInt4Block] = {};
    __builtin_memcpy(rest, x + whole * kInt4Block, (width - whole * kInt4Block) * sizeof(float));
    quantize_block(row.values + whole * kInt4Block, row.scales + whole, row.offsets + whole, rest);
}

void multiply_int4(float* const* outs, const Int4Matrix& matrix, const Int8Row* rows, size_t count, size_t begin, size_t end) {
    for (; count >= kMostRows; count -= kMostRows, outs += kMostRows, rows += kMostRows) {
        multiply_rows<kMostRows>(outs, matrix, rows, begin, end);
    }
    switch (count) {
        case 3: return multiply_rows<3>(outs, matrix, rows, begin, end);
        case 2: return multiply_rows<2>(outs, matrix, rows, begin, end);
        case 1: return multiply_rows<1>(outs, matrix, rows, begin, end);
        default: return;
    }
}

}  // namespace autoprune::AUTOPRUNE_PATH
