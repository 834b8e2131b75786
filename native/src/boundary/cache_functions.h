#pragma once
#include <napi.h>

namespace autoprune {

// Of the formats that caches have, as kernel_functions.h says.
Napi::Value pack_halves(const Napi::CallbackInfo& info);
Napi::Value unpack_halves(const Napi::CallbackInfo& info);
Napi::Value pack_bytes(const Napi::CallbackInfo& info);
Napi::Value unpack_bytes(const Napi::CallbackInfo& info);

}  // namespace autoprune
