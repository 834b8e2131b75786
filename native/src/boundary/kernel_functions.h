#pragma once
#include <napi.h>

#include "kernels.h"

namespace autoprune {

// An object with one function for each kernel, all of one instruction set. Every function returns whether it answered;
// outputs are written in place and mean nothing otherwise.
Napi::Object kernel_functions(Napi::Env env, const Kernels& kernels);

// Those that one of these functions was made for.
inline const Kernels& kernels_of(const Napi::CallbackInfo& info) { return *static_cast<const Kernels*>(info.Data()); }

inline Napi::Value answer(const Napi::CallbackInfo& info, bool done) { return Napi::Boolean::New(info.Env(), done); }

}  // namespace autoprune
