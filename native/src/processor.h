#pragma once
#include <cstddef>

#include "kernels.h"

namespace autoprune {

// The instruction sets that this build holds and this processor runs, best first; `count` is set.
const Kernels* const* available_kernels(size_t* count);

}  // namespace autoprune
