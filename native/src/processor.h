#pragma once
#include <cstddef>

#include "kernels.h"

namespace autoprune {

// The instruction sets that this build holds and this processor runs, best first; `count` is set.
const Kernels* const* available_kernels(size_t* count);

// Those of `name`; null where they are not available.
const Kernels* find_kernels(const char* name);

}  // namespace autoprune
