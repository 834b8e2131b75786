#pragma once
#include <napi.h>

#include "kernels.h"

namespace autoprune {

// An object with one function for each kernel, all of one instruction set. Every function returns whether it answered;
// outputs are written in place and mean nothing otherwise.
Napi::Object kernel_functions(Napi::Env env, const Kernels& kernels);

}  // namespace autoprune
