#pragma once
// Reads the arguments of one call from JavaScript. The first that does not fit throws a TypeError or RangeError there and
// makes ok() false; nothing is thrown in C++.
#include <napi.h>

#include <cstddef>
#include <cstdint>

namespace autoprune {

template <class T>
struct View {
    T* data = nullptr;
    size_t length = 0;
};

class Arguments {
public:
    Arguments(const Napi::CallbackInfo& info, const char* function) : info_(info), function_(function) {}

    // A typed array over memory that no other thread shares and that was not given away.
    View<float> floats(size_t index, const char* name) { return view<float>(index, name, napi_float32_array, "Float32Array"); }
    View<double> doubles(size_t index, const char* name) { return view<double>(index, name, napi_float64_array, "Float64Array"); }
    View<uint8_t> bytes(size_t index, const char* name) { return view<uint8_t>(index, name, napi_uint8_array, "Uint8Array"); }
    View<int8_t> signed_bytes(size_t index, const char* name) { return view<int8_t>(index, name, napi_int8_array, "Int8Array"); }
    View<uint16_t> halves(size_t index, const char* name) { return view<uint16_t>(index, name, napi_uint16_array, "Uint16Array"); }
    View<int32_t> integers(size_t index, const char* name) { return view<int32_t>(index, name, napi_int32_array, "Int32Array"); }

    // A whole number in [min, 2^31).
    size_t count(size_t index, const char* name, size_t min);

    double number(size_t index, const char* name);

    // Throws unless `actual` values are there.
    void require_length(const char* name, size_t actual, size_t expected);
    void require(bool condition, const char* message);

    bool ok() const { return ok_; }

private:
    template <class T>
    View<T> view(size_t index, const char* name, napi_typedarray_type type, const char* type_name);
    void fail_type(const char* name, const char* expected);
    void fail_range(const char* message);

    const Napi::CallbackInfo& info_;
    const char* function_;
    bool ok_ = true;
};

}  // namespace autoprune
