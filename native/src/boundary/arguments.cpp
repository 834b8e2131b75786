#include "boundary/arguments.h"

#include <cstdio>

namespace autoprune {
namespace {

constexpr size_t kMessageLength = 256;
constexpr double kCountLimit = 2147483648.0;

}  // namespace

void Arguments::fail_type(const char* name, const char* expected) {
    if (!ok_) { return; }
    ok_ = false;
    char message[kMessageLength];
    std::snprintf(message, sizeof message, "Expected %s for %s of %s", expected, name, function_);
    napi_throw_type_error(info_.Env(), "ARGUMENT_INVALID", message);
}

void Arguments::fail_range(const char* message) {
    if (!ok_) { return; }
    ok_ = false;
    napi_throw_range_error(info_.Env(), "ARGUMENT_INVALID", message);
}

template <class T>
View<T> Arguments::view(size_t index, const char* name, napi_typedarray_type type, const char* type_name) {
    const napi_env env = info_.Env();
    const napi_value value = info_[index];
    bool is_view = false;
    napi_typedarray_type actual;
    size_t length = 0;
    void* data = nullptr;
    napi_value buffer = nullptr;
    if (napi_is_typedarray(env, value, &is_view) != napi_ok || !is_view ||
        napi_get_typedarray_info(env, value, &actual, &length, &data, &buffer, nullptr) != napi_ok || actual != type) {
        fail_type(name, type_name);
        return {};
    }
    bool plain = false;
    bool detached = true;
    if (napi_is_arraybuffer(env, buffer, &plain) != napi_ok || !plain) {
        fail_type(name, "memory that is not shared (copy it first)");
        return {};
    }
    if (napi_is_detached_arraybuffer(env, buffer, &detached) != napi_ok || detached) {
        fail_type(name, "memory that was not transferred away");
        return {};
    }
    return {static_cast<T*>(data), length};
}

template View<float> Arguments::view<float>(size_t, const char*, napi_typedarray_type, const char*);
template View<double> Arguments::view<double>(size_t, const char*, napi_typedarray_type, const char*);
template View<uint8_t> Arguments::view<uint8_t>(size_t, const char*, napi_typedarray_type, const char*);
template View<int8_t> Arguments::view<int8_t>(size_t, const char*, napi_typedarray_type, const char*);
template View<uint16_t> Arguments::view<uint16_t>(size_t, const char*, napi_typedarray_type, const char*);
template View<int32_t> Arguments::view<int32_t>(size_t, const char*, napi_typedarray_type, const char*);

size_t Arguments::count(size_t index, const char* name, size_t min) {
    double value = -1;
    if (napi_get_value_double(info_.Env(), info_[index], &value) != napi_ok || !(value >= static_cast<double>(min)) ||
        value >= kCountLimit || value != static_cast<double>(static_cast<size_t>(value))) {
        char expected[64];
        std::snprintf(expected, sizeof expected, "a whole number of at least %zu", min);
        fail_type(name, expected);
        return min;
    }
    return static_cast<size_t>(value);
}

double Arguments::number(size_t index, const char* name) {
    double value = 0;
    if (napi_get_value_double(info_.Env(), info_[index], &value) != napi_ok) { fail_type(name, "a number"); }
    return value;
}

void Arguments::require_length(const char* name, size_t actual, size_t expected) {
    if (actual == expected) { return; }
    char message[kMessageLength];
    std::snprintf(message, sizeof message, "Expected %zu values for %s of %s but received %zu", expected, name, function_, actual);
    fail_range(message);
}

void Arguments::require(bool condition, const char* message) {
    if (!condition) { fail_range(message); }
}

}  // namespace autoprune
