#include <napi.h>

#include <string>

#include "boundary/kernel_functions.h"
#include "boundary/onnxruntime_functions.h"
#include "processor.h"

namespace autoprune {
namespace {

// Raised whenever a function of the addon changes; the package refuses another number.
constexpr int kInterfaceVersion = 4;

// kernels(name): the functions of one of `paths`
Napi::Value kernels_by_name(const Napi::CallbackInfo& info) {
    const Kernels* const kernels =
        info[0].IsString() ? find_kernels(info[0].As<Napi::String>().Utf8Value().c_str()) : nullptr;
    if (kernels != nullptr) { return kernel_functions(info.Env(), *kernels); }
    napi_throw_type_error(info.Env(), "ARGUMENT_INVALID", "Expected one of `paths` for the name of the kernels");
    return {};
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
    size_t count = 0;
    const Kernels* const* const available = available_kernels(&count);
    Napi::Array paths = Napi::Array::New(env, count);
    for (size_t i = 0; i < count; i++) {
        paths.Set(static_cast<uint32_t>(i), Napi::String::New(env, available[i]->name));
    }
    exports.Set("interfaceVersion", Napi::Number::New(env, kInterfaceVersion));
    exports.Set("paths", paths);
    exports.Set("kernels", Napi::Function::New(env, kernels_by_name, "kernels"));
    exports.Set("onnxruntime", Napi::Value(env, onnxruntime_functions(env)));
    return exports;
}

NODE_API_MODULE(autoprune, initialise)

}  // namespace
}  // namespace autoprune
