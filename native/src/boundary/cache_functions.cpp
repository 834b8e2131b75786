#include "boundary/cache_functions.h"

#include "boundary/arguments.h"
#include "boundary/kernel_functions.h"

namespace autoprune {
namespace {

// Width of `rows` rows in `values` numbers; throws where they do not divide.
size_t width_of(Arguments& arguments, size_t values, size_t rows) {
    arguments.require(rows > 0 ? values % rows == 0 : values == 0, "Expected whole rows, a scale for each");
    return arguments.ok() && rows > 0 ? values / rows : 0;
}

}  // namespace

// (values, halves)
Napi::Value pack_halves(const Napi::CallbackInfo& info) {
    Arguments arguments(info, "packHalves");
    const View<float> values = arguments.floats(0, "values");
    const View<uint16_t> halves = arguments.halves(1, "halves");
    arguments.require_length("halves", halves.length, values.length);
    if (!arguments.ok()) { return {}; }
    kernels_of(info).pack_halves(halves.data, values.data, values.length);
    return answer(info, true);
}

// (halves, values)
Napi::Value unpack_halves(const Napi::CallbackInfo& info) {
    Arguments arguments(info, "unpackHalves");
    const View<uint16_t> halves = arguments.halves(0, "halves");
    const View<float> values = arguments.floats(1, "values");
    arguments.require_length("values", values.length, halves.length);
    if (!arguments.ok()) { return {}; }
    kernels_of(info).unpack_halves(values.data, halves.data, halves.length);
    return answer(info, true);
}

// (values, bytes, scales)
Napi::Value pack_bytes(const Napi::CallbackInfo& info) {
    Arguments arguments(info, "packBytes");
    const View<float> values = arguments.floats(0, "values");
    const View<int8_t> bytes = arguments.signed_bytes(1, "bytes");
    const View<float> scales = arguments.floats(2, "scales");
    arguments.require_length("bytes", bytes.length, values.length);
    const size_t width = width_of(arguments, values.length, scales.length);
    if (!arguments.ok()) { return {}; }
    kernels_of(info).pack_bytes(bytes.data, scales.data, values.data, scales.length, width);
    return answer(info, true);
}

// (bytes, scales, values)
Napi::Value unpack_bytes(const Napi::CallbackInfo& info) {
    Arguments arguments(info, "unpackBytes");
    const View<int8_t> bytes = arguments.signed_bytes(0, "bytes");
    const View<float> scales = arguments.floats(1, "scales");
    const View<float> values = arguments.floats(2, "values");
    arguments.require_length("values", values.length, bytes.length);
    const size_t width = width_of(arguments, bytes.length, scales.length);
    if (!arguments.ok()) { return {}; }
    kernels_of(info).unpack_bytes(values.data, bytes.data, scales.data, scales.length, width);
    return answer(info, true);
}

}  // namespace autoprune
