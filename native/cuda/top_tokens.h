#pragma once
// The choice of the highest scores within one block, for kernels that go on with it.
#include "device.h"

namespace autoprune::cuda {

// A higher score has a smaller key, and equal scores (-0 and 0 too) have equal keys.
__device__ inline unsigned descending_key(float score) { return ~ordered_bits(score); }

// The count-th smallest key, and how many are smaller. By radix, 8 bits a time from the top; count >= 1.
__device__ inline void find_threshold(const float* scores, int n, int count, unsigned& threshold, int& below) {
    __shared__ int histogram[kThreads];
    __shared__ unsigned chosen_digit;
    __shared__ int chosen_below;
    const int thread = static_cast<int>(threadIdx.x);
    constexpr int kBins = kThreads / kWarp;  // of one lane
    unsigned prefix = 0;
    unsigned mask = 0;
    below = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
        histogram[thread] = 0;
        __syncthreads();
        for (int i = thread; i < n; i += kThreads) {
            const unsigned key = descending_key(scores[i]);
            if ((key & mask) == prefix) { atomicAdd(&histogram[key >> shift & 255u], 1); }
        }
        __syncthreads();
        if (thread < kWarp) {
            int bins = 0;
            for (int bin = 0; bin < kBins; bin++) { bins += histogram[thread * kBins + bin]; }
            int upTo = bins;
            for (unsigned by = 1; by < kWarp; by *= 2) {
                const int before = __shfl_up_sync(kAllLanes, upTo, by);
                if (thread >= static_cast<int>(by)) { upTo += before; }
            }
            int smaller = below + upTo - bins;
            if (smaller < count && count <= below + upTo) {
                int bin = thread * kBins;
                while (smaller + histogram[bin] < count) { smaller += histogram[bin++]; }
                chosen_digit = static_cast<unsigned>(bin);
                chosen_below = smaller;
            }
        }
        __syncthreads();
        prefix |= chosen_digit << shift;
        mask |= 255u << shift;
        below = chosen_below;
    }
    threshold = prefix;
}

// Calls visit(slot, position) for the count <= n highest of scores (n), slots in ascending position; equal scores keep the
// earlier. For a whole block; every call comes from one of its threads. Ends with a barrier.
template <class Visit>
__device__ inline void for_top_tokens(const float* scores, int n, int count, int* fault, const Visit& visit) {
    __shared__ int smaller_in[kWarps];
    __shared__ int ties_in[kWarps];
    const int thread = static_cast<int>(threadIdx.x);
    const int lane = thread % kWarp;
    const int warp = thread / kWarp;
    unsigned threshold = 0;
    int below = 0;
    if (count > 0) { find_threshold(scores, n, count, threshold, below); }
    const int wanted = count - below;
    int smaller_before = 0;
    int ties_before = 0;
    for (int base = 0; base < n; base += kThreads) {
        const int i = base + thread;
        const float score = i < n ? scores[i] : 0.0f;
        if (!is_finite(score)) { atomicOr(fault, kNotFinite); }
        const unsigned key = descending_key(score);
        const bool smaller = i < n && count > 0 && key < threshold;
        const bool tie = i < n && count > 0 && key == threshold;
        const unsigned smaller_lanes = __ballot_sync(kAllLanes, smaller);
        const unsigned tie_lanes = __ballot_sync(kAllLanes, tie);
        if (lane == 0) {
            smaller_in[warp] = __popc(smaller_lanes);
            ties_in[warp] = __popc(tie_lanes);
        }
        __syncthreads();
        const unsigned earlier = (1u << lane) - 1;
        int smaller_here = smaller_before + __popc(smaller_lanes & earlier);
        int ties_here = ties_before + __popc(tie_lanes & earlier);
        for (int w = 0; w < kWarps; w++) {
            if (w < warp) {
                smaller_here += smaller_in[w];
                ties_here += ties_in[w];
            }
            smaller_before += smaller_in[w];
            ties_before += ties_in[w];
        }
        if (smaller || (tie && ties_here < wanted)) {
            visit(smaller_here + (ties_here < wanted ? ties_here : wanted), i);
        }
        __syncthreads();
    }
}

}  // namespace autoprune::cuda
