#include "path/map_rows.h"

namespace autoprune::AUTOPRUNE_PATH {
namespace {

// out (width): products and sums rounded to float32 one by one, in entry order.
bool weighted_row(float* out, const Matrix& source, const int32_t* inputs, const float* weights, size_t entries) {
    const size_t width = source.width;
    constexpr int kBlock = 4;
    size_t channel = 0;
    for (; channel + kBlock * kFloatLanes <= width; channel += kBlock * kFloatLanes) {
        Floats sum[kBlock] = {};
        for (size_t e = 0; e < entries; e++) {
            const size_t input = static_cast<size_t>(inputs[e]);
            if (input >= source.rows) { return false; }
            const float* const row = source.data + input * width + channel;
            for (int b = 0; b < kBlock; b++) { sum[b] += load_floats(row + b * kFloatLanes) * weights[e]; }
        }
        for (int b = 0; b < kBlock; b++) { store(out + channel + b * kFloatLanes, sum[b]); }
    }
    for (; channel < width; channel++) {
        float sum = 0;
        for (size_t e = 0; e < entries; e++) {
            const size_t input = static_cast<size_t>(inputs[e]);
            if (input >= source.rows) { return false; }
            sum += source.data[input * width + channel] * weights[e];
        }
        out[channel] = sum;
    }
    return true;
}

}  // namespace

bool map_rows(float* out, const Matrix& source, const RowMap& map) {
    const size_t width = source.width;
    for (size_t row = 0; row < map.outputs; row++) {
        const size_t start = static_cast<size_t>(map.offsets[row]);
        const size_t end = static_cast<size_t>(map.offsets[row + 1]);
        if (start > end || end > map.entries) { return false; }
        float* const target = out + row * width;
        if (end - start == 1 && map.weights[start] == 1) {
            const size_t input = static_cast<size_t>(map.inputs[start]);
            if (input >= source.rows) { return false; }
            __builtin_memmove(target, source.data + input * width, width * sizeof(float));
        } else if (!weighted_row(target, source, map.inputs + start, map.weights + start, end - start)) {
            return false;
        }
    }
    return true;
}

}  // namespace autoprune::AUTOPRUNE_PATH
