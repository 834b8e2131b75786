// Weighted sums of rows, one block an output row; products and sums are rounded to float32 one by one, in entry order.
#include "device.h"
#include "primitives.h"

namespace autoprune::cuda {

extern "C" __global__ void __launch_bounds__(kThreads)
map_rows_kernel(float* out, int* fault, const float* source, int source_rows, int width, RowMap map, Count outputs) {
    const int row = static_cast<int>(blockIdx.x);
    if (row >= value_of(outputs)) { return; }
    const int start = map.offsets[row];
    const int end = map.offsets[row + 1];
    bool inside = start >= 0 && start <= end && end <= map.entries;
    for (int e = start; inside && e < end; e++) { inside = map.inputs[e] >= 0 && map.inputs[e] < source_rows; }
    if (!inside) {
        if (threadIdx.x == 0) { atomicOr(fault, kOutOfRange); }
        return;
    }
    // A kept row is copied: 0 + -0 would change its sign.
    const bool kept = end - start == 1 && map.weights[start] == 1;
    for (int channel = static_cast<int>(threadIdx.x); channel < width; channel += kThreads) {
        float sum = 0;
        for (int e = start; e < end; e++) {
            const float value = source[static_cast<size_t>(map.inputs[e]) * width + channel];
            sum = kept ? value : sum + value * map.weights[e];
        }
        out[static_cast<size_t>(row) * width + channel] = sum;
    }
}

#if !defined(__CUDACC__)

bool map_rows(Call& call, float* out, const float* source, int source_rows, int width, const RowMap& map, Count outputs) {
    return AUTOPRUNE_LAUNCH(call.queue, map_rows_kernel, {static_cast<unsigned>(outputs.limit)}, kThreads, 0, out, call.fault,
                            source, source_rows, width, map, outputs);
}

#endif

}  // namespace autoprune::cuda
