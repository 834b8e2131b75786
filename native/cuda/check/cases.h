#pragma once
#include <string>
#include <vector>

#include "../machine.h"
#include "trial.h"

namespace autoprune::cuda {

// A primitive on random tensors against the CPU kernels, which in turn are held to the TypeScript reference.
struct Case {
    const char* name;
    void (*check)(Machine& machine, Random& random, bool counts_on_device);
};

const std::vector<Case>& selection_cases();
const std::vector<Case>& attention_cases();
const std::vector<Case>& comparison_cases();

}  // namespace autoprune::cuda
