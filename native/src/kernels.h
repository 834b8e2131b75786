#pragma once
// The kernels of one instruction set. Every function trusts its arguments except contents: indices are checked where
// they are used. It returns false where it cannot answer (a non-finite value, an index out of range, no memory), and the
// caller then asks the reference, which explains or computes. Functions without an answer are for the addon's own use.
#include <cstddef>
#include <cstdint>

namespace autoprune {

// data (rows, width)
struct Matrix {
    const float* data;
    size_t rows;
    size_t width;
};

// data (heads, rows, width)
struct HeadRows {
    const float* data;
    size_t heads;
    size_t rows;
    size_t width;
};

// Output row r is the sum over e in [offsets[r], offsets[r + 1]) of weights[e] * input row inputs[e].
struct RowMap {
    const int32_t* offsets;
    const int32_t* inputs;
    const float* weights;
    size_t outputs;
    size_t entries;
};

struct DensityPeaks {
    int32_t* centres;     // (clusters)
    int32_t* assignment;  // (m)
    float* delta;         // (m)
    float* score;         // (m)
    size_t clusters;
};

// Text rows of a prompt: query row r stands at key row first + r and sees the keys up to itself.
struct TextRows {
    HeadRows queries;
    HeadRows keys;
    size_t first;
    const int32_t* columns;  // (count) key rows that are looked at
    size_t count;
};

// Rows of bytes, `stride` apart, of which `bytes` count.
struct PixelRows {
    const uint8_t* data;
    size_t rows;
    size_t stride;
    size_t bytes;
};

struct PixelTarget {
    uint8_t* data;
    size_t stride;
};

// Output o is the sum of weights[o * stride + t] * input first[o] + t over t < count[o], in units of 2^-22, rounded and
// clipped to a byte.
struct AxisWeights {
    const int32_t* first;
    const int32_t* count;
    const int32_t* weights;  // (outputs, stride)
    size_t outputs;
    size_t stride;
};

// A matrix of 4-bit integers, blocks of 128 inputs with a scale each. values (outputs, blocks, 64): low half of a byte
// before the high one, 8 stands for 0. scales (outputs, blocks).
struct Int4Matrix {
    const uint8_t* values;
    const float* scales;
    size_t outputs;
    size_t blocks;
};

// A row in 8 bits for products with such a matrix. values (blocks, 128): the even ones of a block before the odd ones.
// scales, offsets (blocks): an offset is -8 times the sum of its block's values.
struct Int8Row {
    int8_t* values;
    float* scales;
    int32_t* offsets;
};

constexpr size_t kInt4Block = 128;

// How a cache holds its numbers: in float32, in IEEE half precision, or in 8-bit integers with a scale for each row.
enum class CacheFormat { kFloat, kHalf, kInt8 };

// Rows (rows, width) of a cache: float, uint16_t or int8_t. scales (rows) with 8-bit integers alone.
struct PackedRows {
    const void* data;
    const float* scales;
};

// The cache of one head.
struct HeadCache {
    CacheFormat format;
    PackedRows keys;
    PackedRows values;
    size_t rows;
    size_t width;
};

struct Kernels {
    const char* name;
    // attention (rows, columns) -> mean (columns)
    bool (*mean_attention)(float* mean, const float* attention, size_t rows, size_t columns);
    // attention (heads, rows, columns) -> information (heads), bits
    bool (*mutual_information)(double* information, const float* attention, size_t heads, size_t rows, size_t columns);
    // source (n, width), map -> out (outputs, width)
    bool (*map_rows)(float* out, const Matrix& source, const RowMap& map);
    // tokens (m, width) -> distance (m, m), Euclidean / sqrt(width)
    bool (*pair_distances)(float* distance, const Matrix& tokens);
    // distance (m, m), density (m) -> peaks
    bool (*density_peaks)(const DensityPeaks& peaks, const float* distance, const float* density, size_t m);
    // tokens (n, width) -> cosines (n, n)
    bool (*similarity_matrix)(float* similarity, const Matrix& tokens);
    // rows (r), targets (t) -> the most similar target of each row, its cosine
    bool (*nearest_targets)(int32_t* nearest, float* similarity, const Matrix& tokens, const int32_t* rows, size_t r,
                            const int32_t* targets, size_t t);
    // tokens (n, width) -> order (count)
    bool (*select_max_min)(int32_t* order, size_t count, const Matrix& tokens);
    // tokens (n, width), relevance (n) -> order, gains (count)
    bool (*select_determinantal)(int32_t* order, float* gains, size_t count, const Matrix& tokens,
                                 const float* relevance);
    // -> mean (columns), information (heads)
    bool (*attention_scores)(float* mean, double* information, const TextRows& text);
    // source (rows, columns * channels) -> out (rows, outputs * channels)
    bool (*weigh_columns)(const PixelTarget& out, const PixelRows& source, size_t channels, const AxisWeights& axis);
    // source rows[i] stands for input row i -> out (outputs, bytes)
    bool (*weigh_rows)(const PixelTarget& out, const PixelRows& source, const int32_t* rows, size_t row_count,
                       const AxisWeights& axis);
    // (float(byte * factor) - mean) / deviation
    void (*normalise_pixels)(float* values, const uint8_t* pixels, size_t count, double factor, float mean,
                             float deviation);
    // x (width) -> row; what is left of the last block is 0
    void (*quantize_row)(const Int8Row& row, const float* x, size_t width);
    // outputs begin ... end - 1 of matrix * rows[r] -> outs[r] (end - begin), for each of `count` rows
    void (*multiply_int4)(float* const* outs, const Int4Matrix& matrix, const Int8Row* rows, size_t count, size_t begin,
                          size_t end);
    // x / sqrt(mean of squares + epsilon) * weight -> out (width)
    void (*root_mean_square_norm)(float* out, const float* x, const float* weight, size_t width, float epsilon);
    // Halves of x (2 * half) rotated by cosines and sines (half), in place
    void (*rotate)(float* x, const float* cosines, const float* sines, size_t half);
    // Attention of query (width) over a cache -> out (width); weights (rows) is room for the softmax
    void (*attend)(float* out, float* weights, const float* query, const HeadCache& cache);
    // gate * sigmoid(gate) * up, in the place of gate (count)
    void (*gate)(float* gate, const float* up, size_t count);
    // x (count) to the nearest numbers of half precision, ties to even, and back
    void (*pack_halves)(uint16_t* halves, const float* x, size_t count);
    void (*unpack_halves)(float* x, const uint16_t* halves, size_t count);
    // x (rows, width) to 8-bit integers, the largest of a row to 127 of its scale, and back; scales (rows)
    void (*pack_bytes)(int8_t* bytes, float* scales, const float* x, size_t rows, size_t width);
    void (*unpack_bytes)(float* x, const int8_t* bytes, const float* scales, size_t rows, size_t width);
};

// One per instruction set that this build holds.
namespace portable { extern const Kernels kernels; }
namespace avx2 { extern const Kernels kernels; }
namespace avx512 { extern const Kernels kernels; }
namespace avx512vnni { extern const Kernels kernels; }

}  // namespace autoprune
