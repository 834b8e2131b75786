#include "neighbour_sums.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "scratch.h"

namespace autoprune {

bool neighbour_sums(double* sums, const float* distance, size_t m, size_t neighbours) {
    // Bits of floats that are not negative stand in the order of their values.
    Scratch<uint32_t> row(m);
    if (!row) { return false; }
    constexpr uint32_t kInfinity = 0x7f800000u;
    for (size_t i = 0; i < m; i++) {
        std::memcpy(row.data(), distance + i * m, m * sizeof(float));
        uint32_t* const end = row.data() + m;
        uint32_t largest = 0;
        for (size_t j = 0; j < m; j++) { largest = std::max(largest, row[j]); }
        if (largest > kInfinity) { return false; }
        if (neighbours < m) { std::nth_element(row.data(), row.data() + neighbours, end); }
        std::sort(row.data(), row.data() + neighbours);
        double sum = 0;
        for (size_t n = 0; n < neighbours; n++) {
            float value;
            std::memcpy(&value, &row[n], sizeof value);
            sum += static_cast<double>(value) * static_cast<double>(value);
        }
        sums[i] = sum;
    }
    return true;
}

}  // namespace autoprune
