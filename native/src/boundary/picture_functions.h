#pragma once
#include <napi.h>

namespace autoprune {

// Of the kernels that make pictures, as kernel_functions.h says.
Napi::Value weigh_columns(const Napi::CallbackInfo& info);
Napi::Value weigh_rows(const Napi::CallbackInfo& info);
Napi::Value normalise_pixels(const Napi::CallbackInfo& info);

}  // namespace autoprune
