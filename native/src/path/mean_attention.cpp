#include "path/mean_attention.h"

#include "path/column_sums.h"
#include "scratch.h"

namespace autoprune::AUTOPRUNE_PATH {

bool mean_attention(float* mean, const float* attention, size_t rows, size_t columns) {
    Scratch<double> sums(columns);
    if (!sums) { return false; }
    for (size_t c = 0; c < columns; c++) { sums[c] = 0; }
    add_rows(sums.data(), attention, rows, columns);
    for (size_t c = 0; c < columns; c++) { mean[c] = static_cast<float>(sums[c] / static_cast<double>(rows)); }
    return true;
}

}  // namespace autoprune::AUTOPRUNE_PATH
