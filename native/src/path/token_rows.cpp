#include "path/token_rows.h"

#include "path/exponential.h"
#include "path/simd.h"

namespace autoprune::AUTOPRUNE_PATH {
namespace {

// x * sigmoid(x) * up; the exponential is of -|x|, which cannot overflow.
Doubles gated(Doubles x, Doubles up) {
    const Doubles small = exp_of(x < 0 ? x : -x);
    const Doubles sigmoid = (x < 0 ? small : broadcast(1)) / (1 + small);
    return x * sigmoid * up;
}

}  // namespace

void root_mean_square_norm(float* out, const float* x, const float* weight, size_t width, float epsilon) {
    Doubles squares = {};
    size_t i = 0;
    for (; i + kLanes <= width; i += kLanes) {
        const Doubles value = load(x + i);
        squares = multiply_add(value, value, squares);
    }
    double sum = sum_of(squares);
    for (; i < width; i++) { sum += static_cast<double>(x[i]) * static_cast<double>(x[i]); }
    const double mean = sum / static_cast<double>(width);
    const float inverse = static_cast<float>(1 / __builtin_sqrt(mean + static_cast<double>(epsilon)));
    for (size_t j = 0; j < width; j++) { out[j] = x[j] * inverse * weight[j]; }
}

void gate(float* gate, const float* up, size_t count) {
    size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) { store(gate + i, rounded(gated(load(gate + i), load(up + i)))); }
    if (i == count) { return; }
    float gates[kLanes] = {};
    float ups[kLanes] = {};
    for (size_t lane = 0; i + lane < count; lane++) {
        gates[lane] = gate[i + lane];
        ups[lane] = up[i + lane];
    }
    const HalfFloats values = rounded(gated(load(gates), load(ups)));
    for (size_t lane = 0; i + lane < count; lane++) { gate[i + lane] = values[lane]; }
}

}  // namespace autoprune::AUTOPRUNE_PATH
