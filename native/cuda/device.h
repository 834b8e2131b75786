#pragma once
// What a kernel file sees: CUDA's language under nvcc, and under a C++ compiler the same names, carried out by
// emulator.cpp on the processor. Kernels are built without contraction, as the reference rounds every step; a product of
// two float32 is exact in float64, and there fma() is asked for by name.
#include <cmath>
#include <cstdint>
#include <cstring>

#include "count.h"
#if !defined(__CUDACC__)
#include "emulator.h"
#endif

namespace autoprune::cuda {

#if defined(__CUDACC__)
// Memory that the launch asked for, for all threads of a block.
__device__ inline unsigned char* dynamic_shared() {
    extern __shared__ __align__(16) unsigned char memory[];
    return memory;
}
#endif

// What a kernel found wrong, or-ed into the caller's word; its outputs mean nothing then.
constexpr int kNotFinite = 1;
constexpr int kOutOfRange = 2;

// Every block has so many threads.
constexpr int kThreads = 256;
constexpr int kWarp = 32;
constexpr int kWarps = kThreads / kWarp;
constexpr unsigned kAllLanes = 0xffffffffu;

__device__ inline int value_of(Count count) {
    if (count.device == nullptr) { return count.limit; }
    const int value = *count.device;
    return value < 0 ? 0 : value < count.limit ? value : count.limit;
}

__device__ inline bool is_finite(double value) { return value - value == 0; }

// Bits of a float that stand in the order of the values; -0 stands with 0. Finite ones lie above 0 and below ~0.
__device__ inline unsigned ordered_bits(float value) {
    const float canonical = value + 0.0f;
    unsigned bits;
    memcpy(&bits, &canonical, sizeof bits);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

__device__ inline float from_ordered_bits(unsigned ordered) {
    const unsigned bits = ordered & 0x80000000u ? ordered & 0x7fffffffu : ~ordered;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

template <class T>
__device__ inline T warp_sum(T value) {
    for (int mask = kWarp / 2; mask > 0; mask /= 2) { value += __shfl_xor_sync(kAllLanes, value, mask); }
    return value;
}

// Sum over a block, the same in every thread and every run. Ends with a barrier.
template <class T>
__device__ inline T block_sum(T value) {
    __shared__ T warps[kWarps];
    value = warp_sum(value);
    if (threadIdx.x % kWarp == 0) { warps[threadIdx.x / kWarp] = value; }
    __syncthreads();
    T sum = 0;
    for (int warp = 0; warp < kWarps; warp++) { sum += warps[warp]; }
    __syncthreads();
    return sum;
}

// The highest value of a block and its index; the lower index where values tie. Ends with a barrier.
template <class T>
__device__ inline void block_argmax(T& value, int& index) {
    __shared__ T values[kWarps];
    __shared__ int indices[kWarps];
    const auto take = [&value, &index](T other, int at) {
        if (other > value || (other == value && at < index)) {
            value = other;
            index = at;
        }
    };
    for (int mask = kWarp / 2; mask > 0; mask /= 2) {
        const T other = __shfl_xor_sync(kAllLanes, value, mask);
        const int at = __shfl_xor_sync(kAllLanes, index, mask);
        take(other, at);
    }
    if (threadIdx.x % kWarp == 0) {
        values[threadIdx.x / kWarp] = value;
        indices[threadIdx.x / kWarp] = index;
    }
    __syncthreads();
    for (int warp = 0; warp < kWarps; warp++) { take(values[warp], indices[warp]); }
    __syncthreads();
}

// The same of values [count]; (-inf, 0) where there is nothing above -inf, as the reference.
template <class T>
__device__ inline int argmax_of(const T* values, int count, T lowest, T& highest) {
    highest = lowest;
    int index = 0x7fffffff;
    for (int i = static_cast<int>(threadIdx.x); i < count; i += kThreads) {
        if (values[i] > highest) {
            highest = values[i];
            index = i;
        }
    }
    block_argmax(highest, index);
    return index == 0x7fffffff ? 0 : index;
}

// True in one block only: the last of `blocks` that come here with the same ticket, which then sees what all of them
// wrote before (through __ldcg). Leaves the ticket at 0.
__device__ inline bool is_last_block(unsigned* ticket, unsigned blocks) {
    __shared__ bool last;
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) {
        last = atomicAdd(ticket, 1u) == blocks - 1;
        if (last) { *ticket = 0; }
    }
    __syncthreads();
    __threadfence();
    return last;
}

}  // namespace autoprune::cuda
