#include "boundary/picture_functions.h"

#include "boundary/arguments.h"
#include "boundary/kernel_functions.h"

namespace autoprune {
namespace {

// (first, count, weights) at `index` and after
AxisWeights axis_of(Arguments& arguments, size_t index) {
    const View<int32_t> first = arguments.integers(index, "first");
    const View<int32_t> count = arguments.integers(index + 1, "count");
    const View<int32_t> weights = arguments.integers(index + 2, "weights");
    arguments.require_length("count", count.length, first.length);
    arguments.require(first.length > 0 && weights.length % first.length == 0, "Expected as many weights for every output");
    const size_t stride = arguments.ok() ? weights.length / first.length : 0;
    return {first.data, count.data, weights.data, first.length, stride};
}

// Throws unless `rows` rows of `bytes` bytes, `stride` apart, lie in `length`.
void require_rows(Arguments& arguments, size_t length, size_t rows, size_t stride, size_t bytes) {
    // Every number is below 2^33 and rows below 2^31, so that nothing overflows.
    arguments.require(bytes <= stride, "Expected rows that do not overlap");
    arguments.require(rows == 0 || (rows - 1) * stride + bytes <= length, "Expected memory for all rows");
}

}  // namespace

// (source, rows, columns, channels, first, count, weights, out, outStride); rows lie without gaps
Napi::Value weigh_columns(const Napi::CallbackInfo& info) {
    Arguments arguments(info, "weighColumns");
    const View<uint8_t> source = arguments.bytes(0, "source");
    const size_t rows = arguments.count(1, "rows", 1);
    const size_t columns = arguments.count(2, "columns", 1);
    const size_t channels = arguments.count(3, "channels", 1);
    const AxisWeights axis = axis_of(arguments, 4);
    const View<uint8_t> out = arguments.bytes(7, "out");
    const size_t out_stride = arguments.count(8, "outStride", 1);
    arguments.require(channels <= 4, "Expected at most 4 channels");
    if (!arguments.ok()) { return {}; }
    const size_t stride = columns * channels;
    require_rows(arguments, source.length, rows, stride, stride);
    require_rows(arguments, out.length, rows, out_stride, axis.outputs * channels);
    if (!arguments.ok()) { return {}; }
    const bool done = kernels_of(info).weigh_columns({out.data, out_stride}, {source.data, rows, stride, stride}, channels, axis);
    return answer(info, done);
}

// (source, sourceStride, bytes, rows, first, count, weights, out, outStride)
Napi::Value weigh_rows(const Napi::CallbackInfo& info) {
    Arguments arguments(info, "weighRows");
    const View<uint8_t> source = arguments.bytes(0, "source");
    const size_t stride = arguments.count(1, "sourceStride", 1);
    const size_t bytes = arguments.count(2, "bytes", 1);
    const View<int32_t> rows = arguments.integers(3, "rows");
    const AxisWeights axis = axis_of(arguments, 4);
    const View<uint8_t> out = arguments.bytes(7, "out");
    const size_t out_stride = arguments.count(8, "outStride", 1);
    require_rows(arguments, source.length, 0, stride, bytes);
    require_rows(arguments, out.length, axis.outputs, out_stride, bytes);
    if (!arguments.ok()) { return {}; }
    const size_t source_rows = source.length < bytes ? 0 : (source.length - bytes) / stride + 1;
    const PixelRows pixels{source.data, source_rows, stride, bytes};
    const bool done = kernels_of(info).weigh_rows({out.data, out_stride}, pixels, rows.data, rows.length, axis);
    return answer(info, done);
}

// (pixels, factor, mean, deviation, values)
Napi::Value normalise_pixels(const Napi::CallbackInfo& info) {
    Arguments arguments(info, "normalisePixels");
    const View<uint8_t> pixels = arguments.bytes(0, "pixels");
    const double factor = arguments.number(1, "factor");
    const float mean = static_cast<float>(arguments.number(2, "mean"));
    const float deviation = static_cast<float>(arguments.number(3, "deviation"));
    const View<float> values = arguments.floats(4, "values");
    arguments.require_length("values", values.length, pixels.length);
    if (!arguments.ok()) { return {}; }
    kernels_of(info).normalise_pixels(values.data, pixels.data, pixels.length, factor, mean, deviation);
    return answer(info, true);
}

}  // namespace autoprune
