// Positions of the highest scores: ascending by one block (radix selection, then an order-preserving compaction), or best
// first by counting for every token how many come before it.
#include "primitives.h"
#include "top_tokens.h"

namespace autoprune::cuda {

extern "C" __global__ void __launch_bounds__(kThreads)
select_top_tokens_kernel(int* positions, int* fault, const float* scores, Count tokens, Count keep) {
    const int n = value_of(tokens);
    const int count = value_of(keep);
    for_top_tokens(scores, n, count < n ? count : n, fault,
                   [positions](int slot, int position) { positions[slot] = position; });
}

extern "C" __global__ void __launch_bounds__(kThreads)
rank_tokens_kernel(int* positions, int* fault, const float* scores, Count tokens, Count keep) {
    __shared__ unsigned keys[kThreads];
    const int thread = static_cast<int>(threadIdx.x);
    const int n = value_of(tokens);
    const int count = value_of(keep);
    const int i = static_cast<int>(blockIdx.x) * kThreads + thread;
    const float score = i < n ? scores[i] : 0.0f;
    if (!is_finite(score)) { atomicOr(fault, kNotFinite); }
    const unsigned key = descending_key(score);
    int rank = 0;
    for (int base = 0; base < n; base += kThreads) {
        const int length = n - base < kThreads ? n - base : kThreads;
        __syncthreads();
        if (thread < length) { keys[thread] = descending_key(scores[base + thread]); }
        __syncthreads();
        for (int j = 0; j < length; j++) { rank += keys[j] < key || (keys[j] == key && base + j < i); }
    }
    if (i < n && rank < count) { positions[rank] = i; }
}

#if !defined(__CUDACC__)

bool select_top_tokens(Call& call, int* positions, const float* scores, Count tokens, Count keep) {
    return AUTOPRUNE_LAUNCH(call.queue, select_top_tokens_kernel, {1}, kThreads, 0, positions, call.fault, scores, tokens,
                            keep);
}

bool rank_tokens(Call& call, int* positions, const float* scores, Count tokens, Count keep) {
    return AUTOPRUNE_LAUNCH(call.queue, rank_tokens_kernel, {blocks_for(tokens.limit, kThreads)}, kThreads, 0, positions,
                            call.fault, scores, tokens, keep);
}

#endif

}  // namespace autoprune::cuda
