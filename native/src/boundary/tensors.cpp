#include "boundary/tensors.h"

#include <cstdint>

namespace autoprune {
namespace {

// Bytes of an element and its type in onnxruntime; 0 for one that no graph of ours takes.
size_t element_of(napi_typedarray_type type, ONNXTensorElementDataType* element) {
    switch (type) {
        case napi_float32_array: *element = ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT; return 4;
        case napi_int32_array: *element = ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32; return 4;
        case napi_bigint64_array: *element = ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64; return 8;
        default: return 0;
    }
}

// Memory of a typed array; false where it is none that may be used.
bool read_memory(napi_env env, napi_value value, void** data, size_t* length, napi_typedarray_type* type) {
    bool is = false;
    napi_value buffer = nullptr;
    if (napi_is_typedarray(env, value, &is) != napi_ok || !is ||
        napi_get_typedarray_info(env, value, type, length, data, &buffer, nullptr) != napi_ok) {
        return false;
    }
    bool plain = false;
    bool detached = true;
    return napi_is_arraybuffer(env, buffer, &plain) == napi_ok && plain &&
           napi_is_detached_arraybuffer(env, buffer, &detached) == napi_ok && !detached;
}

// The shape, and whether it holds `length` elements.
bool read_shape(napi_env env, napi_value value, size_t length, std::vector<int64_t>* shape) {
    uint32_t rank = 0;
    if (napi_get_array_length(env, value, &rank) != napi_ok) { return false; }
    shape->resize(rank);
    uint64_t count = 1;
    for (uint32_t axis = 0; axis < rank; axis++) {
        napi_value dimension = nullptr;
        int64_t& extent = (*shape)[axis];
        if (napi_get_element(env, value, axis, &dimension) != napi_ok ||
            napi_get_value_int64(env, dimension, &extent) != napi_ok || extent < 0 || extent > INT32_MAX) {
            return false;
        }
        // Bounded, so that the product of two cannot overflow.
        if (count > UINT32_MAX * uint64_t{1024}) { return false; }
        count *= static_cast<uint64_t>(extent);
    }
    return count == length;
}

bool read_tensor(napi_env env, napi_value entry, bool output, TensorView* tensor, napi_value held) {
    napi_value part[3];
    for (uint32_t i = 0; i < 3; i++) {
        if (napi_get_element(env, entry, i, &part[i]) != napi_ok) { return false; }
    }
    napi_valuetype kind;
    if (!read_string(env, part[0], &tensor->name) || napi_typeof(env, part[1], &kind) != napi_ok) { return false; }
    if (output && kind == napi_null) { return true; }
    size_t length = 0;
    napi_typedarray_type type;
    if (!read_memory(env, part[1], &tensor->data, &length, &type)) { return false; }
    const size_t size = element_of(type, &tensor->type);
    if (size == 0 || !read_shape(env, part[2], length, &tensor->shape)) { return false; }
    // onnxruntime takes no null, not even for no elements.
    static int64_t nothing = 0;
    if (tensor->data == nullptr) { tensor->data = &nothing; }
    tensor->bytes = length * size;
    return hold(env, held, part[1]);
}

void release_value(napi_env, void*, void* hint) {
    opened_runtime()->api->ReleaseValue(static_cast<OrtValue*>(hint));
}

// `bytes` at `data`, which `value` owns, as an ArrayBuffer; takes the value over.
napi_value buffer_over(napi_env env, const Runtime& runtime, OrtValue* value, void* data, size_t bytes) {
    napi_value buffer = nullptr;
    if (bytes > 0 && napi_create_external_arraybuffer(env, data, bytes, release_value, value, &buffer) == napi_ok) {
        return buffer;
    }
    // Electron keeps all memory of JavaScript in a cage of its own.
    void* copy = nullptr;
    if (napi_create_arraybuffer(env, bytes, &copy, &buffer) != napi_ok) { buffer = nullptr; }
    if (buffer != nullptr && bytes > 0) { std::char_traits<char>::copy(static_cast<char*>(copy), static_cast<char*>(data), bytes); }
    runtime.api->ReleaseValue(value);
    return buffer;
}

}  // namespace

bool refuse_argument(napi_env env, const char* message) {
    bool pending = false;
    if (napi_is_exception_pending(env, &pending) == napi_ok && !pending) {
        napi_throw_type_error(env, "ARGUMENT_INVALID", message);
    }
    return false;
}

bool read_row(napi_env env, napi_value value, const int32_t** row) {
    napi_typedarray_type type;
    size_t length = 0;
    void* data = nullptr;
    if (napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr) != napi_ok || type != napi_int32_array ||
        length != 1) {
        return false;
    }
    *row = static_cast<const int32_t*>(data);
    return true;
}

bool hold(napi_env env, napi_value held, napi_value value) {
    uint32_t index = 0;
    return napi_get_array_length(env, held, &index) == napi_ok && napi_set_element(env, held, index, value) == napi_ok;
}

bool read_string(napi_env env, napi_value value, std::string* text) {
    size_t length = 0;
    if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) { return refuse_argument(env, "Expected a string"); }
    text->resize(length);
    return napi_get_value_string_utf8(env, value, text->data(), length + 1, &length) == napi_ok;
}

bool read_floats(napi_env env, napi_value value, float** data, size_t* length) {
    void* memory = nullptr;
    napi_typedarray_type type;
    if (!read_memory(env, value, &memory, length, &type) || type != napi_float32_array) { return false; }
    *data = static_cast<float*>(memory);
    return true;
}

bool read_packed(napi_env env, napi_value value, CacheFormat* format, void** data, size_t* length) {
    napi_typedarray_type type;
    if (!read_memory(env, value, data, length, &type)) { return false; }
    switch (type) {
        case napi_float32_array: *format = CacheFormat::kFloat; return true;
        case napi_uint16_array: *format = CacheFormat::kHalf; return true;
        case napi_int8_array: *format = CacheFormat::kInt8; return true;
        default: return false;
    }
}

bool read_tensors(napi_env env, napi_value list, bool outputs, std::vector<TensorView>* tensors, napi_value held) {
    uint32_t count = 0;
    if (napi_get_array_length(env, list, &count) != napi_ok) { return refuse_argument(env, "Expected a list of tensors"); }
    tensors->resize(count);
    for (uint32_t i = 0; i < count; i++) {
        napi_value entry = nullptr;
        if (napi_get_element(env, list, i, &entry) != napi_ok || !read_tensor(env, entry, outputs, &(*tensors)[i], held)) {
            return refuse_argument(env, "Expected [name, typed array of float32, int32 or int64, shape that it fills] for a tensor");
        }
    }
    return true;
}

napi_value tensor_value(napi_env env, const Runtime& runtime, OrtValue* value, Failure* failure) {
    OrtTensorTypeAndShapeInfo* info = nullptr;
    void* data = nullptr;
    size_t rank = 0;
    size_t count = 0;
    int64_t shape[8] = {};
    const OrtApi* const api = runtime.api;
    bool read = runtime.ok(api->GetTensorTypeAndShape(value, &info), failure) && runtime.ok(api->GetDimensionsCount(info, &rank), failure) &&
                rank <= 8 && runtime.ok(api->GetDimensions(info, shape, rank), failure) &&
                runtime.ok(api->GetTensorShapeElementCount(info, &count), failure) &&
                runtime.ok(api->GetTensorMutableData(value, &data), failure);
    ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    read = read && runtime.ok(api->GetTensorElementType(info, &type), failure) && type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
    api->ReleaseTensorTypeAndShapeInfo(info);
    if (!read) {
        api->ReleaseValue(value);
        if (failure->empty()) { *failure = "an output is no tensor of float32"; }
        return nullptr;
    }
    napi_value pair = nullptr;
    napi_value dimensions = nullptr;
    const napi_value buffer = buffer_over(env, runtime, value, data, count * sizeof(float));
    if (buffer == nullptr || napi_create_array_with_length(env, 2, &pair) != napi_ok ||
        napi_create_array_with_length(env, rank, &dimensions) != napi_ok) {
        *failure = "not enough memory for an output";
        return nullptr;
    }
    for (uint32_t axis = 0; axis < rank; axis++) {
        napi_value extent = nullptr;
        napi_create_int64(env, shape[axis], &extent);
        napi_set_element(env, dimensions, axis, extent);
    }
    napi_set_element(env, pair, 0, buffer);
    napi_set_element(env, pair, 1, dimensions);
    return pair;
}

}  // namespace autoprune
