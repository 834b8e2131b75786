#include "ort/append_rows.h"

#include <cstring>

namespace autoprune {

bool fits_cache(int32_t row, size_t count, size_t capacity, Failure* failure) {
    if (row >= 0 && static_cast<size_t>(row) <= capacity && count <= capacity - static_cast<size_t>(row)) { return true; }
    *failure = "row " + std::to_string(row) + " lies outside of a cache of " + std::to_string(capacity) + " rows";
    return false;
}

bool AppendRows::execute(const Cancellation*, Failure* failure) {
    const AppendedRows& to = rows_;
    const int32_t row = *to.row;
    if (!fits_cache(row, to.count, to.capacity, failure)) { return false; }
    const size_t block = to.count * to.width;
    for (size_t head = 0; head < to.heads; head++) {
        float* const target = to.target + (head * to.capacity + static_cast<size_t>(row)) * to.width;
        std::memcpy(target, to.source + head * block, block * sizeof(float));
    }
    return true;
}

}  // namespace autoprune
