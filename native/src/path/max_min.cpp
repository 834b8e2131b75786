#include "path/max_min.h"

#include "path/finite.h"
#include "path/products.h"

namespace autoprune::AUTOPRUNE_PATH {
namespace {

// 1 - cosine, both rounded to float32.
float distance_of(double product, double first, double second) {
    return 1.0f - static_cast<float>(product * first * second);
}

// nearest (n): the smallest distance of every row to another.
void fill_nearest(float* nearest, const double* products, const double* inverse, size_t n) {
    for (size_t i = 0; i < n; i++) {
        float smallest = __builtin_inff();
        for (size_t j = 0; j < n; j++) {
            if (j == i) { continue; }
            const size_t low = i < j ? i : j;
            const size_t high = i < j ? j : i;
            const float distance = distance_of(products[i * n + j], inverse[low], inverse[high]);
            smallest = distance < smallest ? distance : smallest;
        }
        nearest[i] = smallest;
    }
}

// Lowers nearest (n) to the distances from `chosen`; rows that are chosen stay at -infinity.
void lower_nearest(float* nearest, const double* products, const double* inverse, size_t n, double chosen) {
    size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
        const HalfFloats distance = 1.0f - rounded(load(products + i) * chosen * load(inverse + i));
        HalfFloats before;
        __builtin_memcpy(&before, nearest + i, sizeof before);
        store(nearest + i, distance < before ? distance : before);
    }
    for (; i < n; i++) {
        const float distance = distance_of(products[i], chosen, inverse[i]);
        if (distance < nearest[i]) { nearest[i] = distance; }
    }
}

size_t highest_of(const float* values, size_t n) {
    size_t best = 0;
    for (size_t i = 1; i < n; i++) {
        if (values[i] > values[best]) { best = i; }
    }
    return best;
}

}  // namespace

bool select_max_min(int32_t* order, size_t count, const Matrix& tokens) {
    const size_t n = tokens.rows;
    Scratch<double> products(n * n);
    Scratch<double> inverse(n);
    Scratch<float> nearest(n);
    if (!products || !inverse || !nearest || !all_finite(tokens.data, n * tokens.width)) { return false; }
    if (count == 0) { return true; }
    if (!all_products(products.data(), inverse.data(), tokens)) { return false; }
    fill_nearest(nearest.data(), products.data(), inverse.data(), n);
    for (size_t step = 0; step < count; step++) {
        const size_t chosen = highest_of(nearest.data(), n);
        order[step] = static_cast<int32_t>(chosen);
        // The distance to the nearest neighbour served only to find the first.
        if (step == 0) {
            for (size_t i = 0; i < n; i++) { nearest[i] = __builtin_inff(); }
        }
        nearest[chosen] = -__builtin_inff();
        lower_nearest(nearest.data(), products.data() + chosen * n, inverse.data(), n, inverse[chosen]);
    }
    return true;
}

}  // namespace autoprune::AUTOPRUNE_PATH
