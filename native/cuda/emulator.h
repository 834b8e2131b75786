#pragma once
// The part of CUDA that the kernels use, for a C++ compiler: threads of a block are fibers that take turns at barriers,
// blocks run one after another. Nothing here is fast; it lets the kernels be checked on a machine without a device.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#define __global__
#define __device__
#define __launch_bounds__(...)
#define __shared__ static

struct Dimensions {
    unsigned x = 1;
    unsigned y = 1;
    unsigned z = 1;
};
extern Dimensions threadIdx, blockIdx, blockDim, gridDim;

struct alignas(16) uint4 {
    unsigned x, y, z, w;
};

void __syncthreads();
inline void __threadfence() {}

namespace autoprune::cuda {

// Memory that the launch asked for, for all threads of a block.
unsigned char* dynamic_shared();

// An exchange among the lanes of a warp: each gives a value (at most 16 bytes), reads those of others, and ends it.
void give(const void* value, size_t bytes);
const void* given_by(int lane);
void end_exchange();
int lane_of_thread();

// The order in which threads of a block and blocks of a grid take turns. Results must not depend on it.
enum class Turns { kForwards, kBackwards, kShuffled };
void set_turns(Turns turns);

// Runs kernel(arguments) for every thread of the grid, at most 256 a block. Ends the process where threads wait for others that have ended.
void emulate(void (*kernel)(void** arguments), void** arguments, Dimensions grid, unsigned threads, size_t shared);

}  // namespace autoprune::cuda

template <class T>
T __shfl_sync(unsigned, T value, int from) {
    autoprune::cuda::give(&value, sizeof value);
    T result;
    std::memcpy(&result, autoprune::cuda::given_by(from), sizeof result);
    autoprune::cuda::end_exchange();
    return result;
}

template <class T>
T __shfl_xor_sync(unsigned lanes, T value, int mask) {
    return __shfl_sync(lanes, value, autoprune::cuda::lane_of_thread() ^ mask);
}

template <class T>
T __shfl_up_sync(unsigned lanes, T value, unsigned by) {
    const int lane = autoprune::cuda::lane_of_thread();
    const int from = lane - static_cast<int>(by);
    return __shfl_sync(lanes, value, from < 0 ? lane : from);
}

unsigned __ballot_sync(unsigned, bool vote);
inline int __popc(unsigned bits) { return __builtin_popcount(bits); }

template <class T>
T __ldcg(const T* source) {
    return *source;
}

template <class T>
T atomicAdd(T* target, T value) {
    const T before = *target;
    *target += value;
    return before;
}

template <class T>
T atomicMin(T* target, T value) {
    const T before = *target;
    *target = std::min(before, value);
    return before;
}

template <class T>
T atomicMax(T* target, T value) {
    const T before = *target;
    *target = std::max(before, value);
    return before;
}

inline int atomicOr(int* target, int value) {
    const int before = *target;
    *target |= value;
    return before;
}

using std::memcpy;
