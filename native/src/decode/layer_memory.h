#pragma once
#include "kernels.h"

namespace autoprune {

// Rows (heads * capacity, head_size) of a cache, in memory that belongs to someone else. scales (heads * capacity) with
// 8-bit integers alone.
struct CacheMemory {
    void* data = nullptr;
    float* scales = nullptr;
};

// What one layer of a sequence needs for a token.
struct LayerMemory {
    CacheFormat format = CacheFormat::kFloat;
    CacheMemory key;
    CacheMemory value;
    size_t capacity = 0;
    // Row of the cache that the token goes to; the rows before it are attended. Read when the step runs.
    const int32_t* row = nullptr;
    // Of the token's position (head_size / 2)
    const float* cosines = nullptr;
    const float* sines = nullptr;
    // Rotated query (heads * head_size), for whoever wants to see it after
    float* query = nullptr;

    // Puts a token's key and value (width) into row `index` of all heads' rows.
    void put(const Kernels& kernels, size_t index, const float* key_row, const float* value_row, size_t width) const;

    // `rows` rows (rows, width) from row `first` of all heads' rows on.
    HeadCache rows_from(size_t first, size_t rows, size_t width) const;
};

}  // namespace autoprune
