#include "path/token_attention.h"

#include "path/exponential.h"
#include "path/simd.h"

namespace autoprune::AUTOPRUNE_PATH {
namespace {

// A number of a cache.
float number_of(float value) { return value; }
float number_of(uint16_t half) { return float_of(half); }
float number_of(int8_t value) { return value; }

template <class T>
float dot(const float* a, const T* b, size_t width) {
    Floats first = {};
    Floats second = {};
    size_t k = 0;
    for (; k + 2 * kFloatLanes <= width; k += 2 * kFloatLanes) {
        first = multiply_add(load_floats(a + k), load_floats(b + k), first);
        second = multiply_add(load_floats(a + k + kFloatLanes), load_floats(b + k + kFloatLanes), second);
    }
    float sum = sum_of(first + second);
    for (; k < width; k++) { sum += a[k] * number_of(b[k]); }
    return sum;
}

// weights (rows) times the scales of as many rows, if they have any.
void apply_scales(float* weights, const PackedRows& cached, size_t rows) {
    if (cached.scales == nullptr) { return; }
    for (size_t r = 0; r < rows; r++) { weights[r] *= cached.scales[r]; }
}

// weights (rows): logits become their softmax.
void softmax(float* weights, size_t rows) {
    float highest = weights[0];
    for (size_t r = 1; r < rows; r++) { highest = weights[r] > highest ? weights[r] : highest; }
    double sum = 0;
    size_t r = 0;
    Doubles sums = {};
    for (; r + kLanes <= rows; r += kLanes) {
        const Doubles value = exp_of(load(weights + r) - static_cast<double>(highest));
        sums += value;
        store(weights + r, rounded(value));
    }
    sum = sum_of(sums);
    for (; r < rows; r++) {
        const double value = exp_of(broadcast(static_cast<double>(weights[r]) - static_cast<double>(highest)))[0];
        sum += value;
        weights[r] = static_cast<float>(value);
    }
    const float inverse = static_cast<float>(1 / sum);
    for (r = 0; r < rows; r++) { weights[r] *= inverse; }
}

// Vectors of the sum that stay in registers while the rows pass by.
constexpr size_t kSums = 8;

template <class T>
void attend_to(float* out, float* weights, const float* query, const HeadCache& cache) {
    const size_t width = cache.width;
    const T* const keys = static_cast<const T*>(cache.keys.data);
    const T* const values = static_cast<const T*>(cache.values.data);
    const float scale = static_cast<float>(1 / __builtin_sqrt(static_cast<double>(width)));
    for (size_t r = 0; r < cache.rows; r++) { weights[r] = scale * dot(query, keys + r * width, width); }
    apply_scales(weights, cache.keys, cache.rows);
    softmax(weights, cache.rows);
    apply_scales(weights, cache.values, cache.rows);
    size_t k = 0;
    for (; k + kSums * kFloatLanes <= width; k += kSums * kFloatLanes) {
        Floats sums[kSums] = {};
        for (size_t r = 0; r < cache.rows; r++) {
            const T* const row = values + r * width + k;
            const Floats weight = broadcast_floats(weights[r]);
#pragma GCC unroll 8
            for (size_t s = 0; s < kSums; s++) { sums[s] = multiply_add(weight, load_floats(row + s * kFloatLanes), sums[s]); }
        }
        for (size_t s = 0; s < kSums; s++) { store(out + k + s * kFloatLanes, sums[s]); }
    }
    for (; k < width; k++) {
        float sum = 0;
        for (size_t r = 0; r < cache.rows; r++) { sum += weights[r] * number_of(values[r * width + k]); }
        out[k] = sum;
    }
}

}  // namespace

void rotate(float* x, const float* cosines, const float* sines, size_t half) {
    for (size_t i = 0; i < half; i++) {
        const float first = x[i];
        const float second = x[half + i];
        x[i] = first * cosines[i] - second * sines[i];
        x[half + i] = second * cosines[i] + first * sines[i];
    }
}

void attend(float* out, float* weights, const float* query, const HeadCache& cache) {
    switch (cache.format) {
        case CacheFormat::kFloat: return attend_to<float>(out, weights, query, cache);
        case CacheFormat::kHalf: return attend_to<uint16_t>(out, weights, query, cache);
        case CacheFormat::kInt8: return attend_to<int8_t>(out, weights, query, cache);
    }
}

}  // namespace autoprune::AUTOPRUNE_PATH
