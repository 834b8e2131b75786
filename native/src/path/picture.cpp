#include "path/picture.h"

#include "path/pixels.h"
#include "path/shared_runs.h"
#include "path/transpose_bytes.h"
#include "scratch.h"

namespace autoprune::AUTOPRUNE_PATH {
namespace {

// What one output of an axis reads of the `limit` rows or columns that there are.
struct Taps {
    size_t first;
    size_t count;

    bool read(const AxisWeights& axis, size_t output, size_t limit) {
        first = static_cast<size_t>(axis.first[output]);  // a negative one becomes a huge one
        count = static_cast<size_t>(axis.count[output]);
        return count <= axis.stride && first <= limit && count <= limit - first;
    }
};

// One output column of kBytes rows, for Channels channels: sums of columns (taps, Channels, kBytes).
template <size_t Channels>
void weigh_pixel(uint8_t* out, const uint8_t* columns, const int32_t* weights, size_t taps) {
    Sums sums[Channels];
    for (size_t c = 0; c < Channels; c++) { sums[c].start(); }
    for (size_t tap = 0; tap < taps; tap++) {
        const uint32_t weight = static_cast<uint32_t>(weights[tap]);
        for (size_t c = 0; c < Channels; c++) { sums[c].add(widened(columns + (tap * Channels + c) * kBytes), weight); }
    }
    for (size_t c = 0; c < Channels; c++) { store(out + c * kBytes, narrowed(sums[c])); }
}

using WeighPixel = void (*)(uint8_t*, const uint8_t*, const int32_t*, size_t);
constexpr WeighPixel kWeighPixel[] = {weigh_pixel<1>, weigh_pixel<2>, weigh_pixel<3>, weigh_pixel<4>};

// Multiply-adds of a vector for `values` outputs with the most taps that there are.
double operations_of(size_t values, const AxisWeights& axis) {
    return static_cast<double>(values) * static_cast<double>(axis.stride) / kFloatLanes;
}

// Memory of one thread for the weighing of columns.
struct Transposed {
    uint8_t* columns;  // (source columns, kBytes)
    uint8_t* weighed;  // (outputs, kBytes)
};

// At most kBytes rows: they are the lanes, and are transposed, weighed and transposed back.
bool weigh_columns_of(const PixelTarget& out, const PixelRows& source, size_t channels, const AxisWeights& axis,
                      const Transposed& own) {
    transpose(own.columns, source.data, source.stride, source.bytes, source.rows);
    for (size_t o = 0; o < axis.outputs; o++) {
        Taps taps;
        if (!taps.read(axis, o, source.bytes / channels)) { return false; }
        kWeighPixel[channels - 1](own.weighed + o * channels * kBytes, own.columns + taps.first * channels * kBytes,
                                  axis.weights + o * axis.stride, taps.count);
    }
    transpose_back(out.data, out.stride, own.weighed, axis.outputs * channels, source.rows);
    return true;
}

// target (bytes) of the rows `taken`, one a weight. Lanes are bytes of a row.
void weigh_row(uint8_t* target, const uint8_t* const* taken, const int32_t* weights, size_t taps, size_t bytes) {
    constexpr size_t kBlock = 2;
    size_t x = 0;
    for (; x + kBlock * kBytes <= bytes; x += kBlock * kBytes) {
        Sums sums[kBlock];
        for (size_t b = 0; b < kBlock; b++) { sums[b].start(); }
        for (size_t tap = 0; tap < taps; tap++) {
            const uint32_t weight = static_cast<uint32_t>(weights[tap]);
            for (size_t b = 0; b < kBlock; b++) { sums[b].add(widened(taken[tap] + x + b * kBytes), weight); }
        }
        for (size_t b = 0; b < kBlock; b++) { store(target + x + b * kBytes, narrowed(sums[b])); }
    }
    for (; x < bytes; x++) {
        uint32_t sum = kHalf;
        for (size_t tap = 0; tap < taps; tap++) { sum += taken[tap][x] * static_cast<uint32_t>(weights[tap]); }
        target[x] = narrowed(sum);
    }
}

}  // namespace

bool weigh_columns(const PixelTarget& out, const PixelRows& source, size_t channels, const AxisWeights& axis) {
    if (channels < 1 || channels > 4) { return false; }
    const size_t members = members_for(operations_of(source.rows * axis.outputs * channels, axis));
    const size_t own_size = (source.bytes + axis.outputs * channels) * kBytes;
    Scratch<uint8_t> memory(members * own_size);
    if (!memory) { return false; }
    uint8_t* const first_own = memory.data();
    const size_t batches = (source.rows + kBytes - 1) / kBytes;
    return share(batches, runs_of(batches, members), members, [=, &axis](size_t member, size_t begin, size_t end) {
        uint8_t* const own = first_own + member * own_size;
        for (size_t row = begin * kBytes; row < source.rows && row < end * kBytes; row += kBytes) {
            const size_t count = source.rows - row < kBytes ? source.rows - row : kBytes;
            const PixelRows rows{source.data + row * source.stride, count, source.stride, source.bytes};
            const PixelTarget target{out.data + row * out.stride, out.stride};
            if (!weigh_columns_of(target, rows, channels, axis, {own, own + source.bytes * kBytes})) { return false; }
        }
        return true;
    });
}

bool weigh_rows(const PixelTarget& out, const PixelRows& source, const int32_t* rows, size_t row_count,
                const AxisWeights& axis) {
    const size_t members = members_for(operations_of(axis.outputs * source.bytes, axis));
    Scratch<const uint8_t*> memory(members * axis.stride);
    if (!memory) { return false; }
    const uint8_t** const first_taken = memory.data();
    return share(axis.outputs, runs_of(axis.outputs, members), members, [=, &axis](size_t member, size_t begin, size_t end) {
        const uint8_t** const taken = first_taken + member * axis.stride;
        for (size_t o = begin; o < end; o++) {
            Taps taps;
            if (!taps.read(axis, o, row_count)) { return false; }
            for (size_t tap = 0; tap < taps.count; tap++) {
                const size_t row = static_cast<size_t>(rows[taps.first + tap]);
                if (row >= source.rows) { return false; }
                taken[tap] = source.data + row * source.stride;
            }
            weigh_row(out.data + o * out.stride, taken, axis.weights + o * axis.stride, taps.count, source.bytes);
        }
        return true;
    });
}

void normalise_pixels(float* values, const uint8_t* pixels, size_t count, double factor, float mean, float deviation) {
    size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        store(values + i, (rounded(doubles_of(pixels + i) * factor) - mean) / deviation);
    }
    for (; i < count; i++) { values[i] = (static_cast<float>(pixels[i] * factor) - mean) / deviation; }
}

}  // namespace autoprune::AUTOPRUNE_PATH
