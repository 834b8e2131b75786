#include "gather_rows.h"

#include <cstring>

namespace autoprune {

bool gather_rows(float* out, const Matrix& source, const int32_t* rows, size_t count) {
    const size_t width = source.width;
    for (size_t i = 0; i < count; i++) {
        const size_t row = static_cast<size_t>(rows[i]);  // a negative row becomes a huge one
        if (row >= source.rows) { return false; }
        std::memmove(out + i * width, source.data + row * width, width * sizeof(float));
    }
    return true;
}

}  // namespace autoprune
