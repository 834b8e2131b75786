#pragma once

namespace autoprune::cuda {

// A number that the host knows (device is null), or one in device memory of which it knows only that it is at most limit.
// Matrices with so many rows or columns are laid out for the limit.
struct Count {
    const int* device;
    int limit;
};

}  // namespace autoprune::cuda
