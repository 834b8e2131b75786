#include "ort/append_rows.h"

#include <cstring>

namespace autoprune {

bool AppendRows::execute(const Cancellation*, Failure* failure) {
    const AppendedRows& to = rows_;
    const int32_t row = *to.row;
    if (row < 0 || static_cast<size_t>(row) > to.capacity || to.count > to.capacity - static_cast<size_t>(row)) {
        *failure = "row " + std::to_string(row) + " lies outside of a cache of " + std::to_string(to.capacity) + " rows";
        return false;
    }
    const size_t block = to.count * to.width;
    for (size_t head = 0; head < to.heads; head++) {
        float* const target = to.target + (head * to.capacity + static_cast<size_t>(row)) * to.width;
        std::memcpy(target, to.source + head * block, block * sizeof(float));
    }
    return true;
}

}  // namespace autoprune
