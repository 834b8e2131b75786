#include "decode/layer_memory.h"

#include <cstring>

namespace autoprune {
namespace {

void put_row(const Kernels& kernels, CacheFormat format, const CacheMemory& memory, size_t index, const float* row, size_t width) {
    const size_t first = index * width;
    switch (format) {
        case CacheFormat::kFloat: std::memcpy(static_cast<float*>(memory.data) + first, row, width * sizeof(float)); return;
        case CacheFormat::kHalf: kernels.pack_halves(static_cast<uint16_t*>(memory.data) + first, row, width); return;
        case CacheFormat::kInt8:
            kernels.pack_bytes(static_cast<int8_t*>(memory.data) + first, memory.scales + index, row, 1, width);
            return;
    }
}

PackedRows packed_from(CacheFormat format, const CacheMemory& memory, size_t index, size_t width) {
    const size_t first = index * width;
    switch (format) {
        case CacheFormat::kFloat: return {static_cast<const float*>(memory.data) + first, nullptr};
        case CacheFormat::kHalf: return {static_cast<const uint16_t*>(memory.data) + first, nullptr};
        case CacheFormat::kInt8: break;
    }
    return {static_cast<const int8_t*>(memory.data) + first, memory.scales + index};
}

}  // namespace

void LayerMemory::put(const Kernels& kernels, size_t index, const float* key_row, const float* value_row, size_t width) const {
    put_row(kernels, format, key, index, key_row, width);
    put_row(kernels, format, value, index, value_row, width);
}

HeadCache LayerMemory::rows_from(size_t first, size_t rows, size_t width) const {
    return {format, packed_from(format, key, first, width), packed_from(format, value, first, width), rows, width};
}

}  // namespace autoprune
