#pragma once
#include "../driver.h"

namespace autoprune::cuda {

// Prints the time of every primitive at the sizes of LLaVA-1.5-7B and LLaVA-NeXT-7B beside the time that moving its inputs
// and outputs once takes at the rate of a large copy on this device. False where something failed.
bool bench(Device& device);

}  // namespace autoprune::cuda
