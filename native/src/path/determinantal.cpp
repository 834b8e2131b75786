#include "path/determinantal.h"

#include "path/finite.h"
#include "path/products.h"

namespace autoprune::AUTOPRUNE_PATH {
namespace {

// A residual below this share of its start is rounding noise.
constexpr double kNoise = 1e-10;

size_t highest_of(const double* values, size_t n) {
    size_t best = 0;
    for (size_t i = 1; i < n; i++) {
        if (values[i] > values[best]) { best = i; }
    }
    return best;
}

// target (n) -= weight * source (n), every product rounded.
void subtract_row(double* target, const double* source, double weight, size_t n) {
    size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) { store(target + i, load(target + i) - load(source + i) * weight); }
    for (; i < n; i++) { target[i] -= source[i] * weight; }
}

}  // namespace

bool select_determinantal(int32_t* order, float* gains, size_t count, const Matrix& tokens, const float* relevance) {
    const size_t n = tokens.rows;
    Scratch<double> products(n * n);
    Scratch<double> inverse(n);
    Scratch<double> start(n);
    Scratch<double> residual(n);
    // One row of the Cholesky factor for each choice that adds something.
    Scratch<double> factor(count * n);
    if (!products || !inverse || !start || !residual || !factor) { return false; }
    if (!all_finite(tokens.data, n * tokens.width) || !all_finite(relevance, n)) { return false; }
    if (count == 0) { return true; }
    if (!all_products(products.data(), inverse.data(), tokens)) { return false; }
    for (size_t i = 0; i < n; i++) {
        const double r = relevance[i];
        start[i] = r * r * static_cast<float>(products[i * n + i] * inverse[i] * inverse[i]);
        residual[i] = start[i];
    }
    size_t factors = 0;
    for (size_t step = 0; step < count; step++) {
        const size_t chosen = highest_of(residual.data(), n);
        const double gain = residual[chosen];
        order[step] = static_cast<int32_t>(chosen);
        gains[step] = static_cast<float>(gain);
        residual[chosen] = -__builtin_inf();
        if (!(gain > 0)) { continue; }
        double* const row = factor.data() + factors * n;
        const double* const product = products.data() + chosen * n;
        const double r = relevance[chosen];
        for (size_t i = 0; i < n; i++) {
            row[i] = residual[i] > 0 ? r * relevance[i] * (product[i] * inverse[chosen] * inverse[i]) : 0.0;
        }
        for (size_t f = 0; f < factors; f++) {
            const double* const earlier = factor.data() + f * n;
            subtract_row(row, earlier, earlier[chosen], n);
        }
        const double scale = 1 / __builtin_sqrt(gain);
        for (size_t i = 0; i < n; i++) {
            row[i] *= scale;
            if (!(residual[i] > 0)) { continue; }
            const double left = residual[i] - row[i] * row[i];
            residual[i] = left > kNoise * start[i] ? left : 0;
        }
        factors++;
    }
    return true;
}

}  // namespace autoprune::AUTOPRUNE_PATH
