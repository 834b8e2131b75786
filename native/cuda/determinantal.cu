// Greedy maximum a posteriori choice of a determinantal point process with the kernel r_i * cos(i, j) * r_j, by a Cholesky
// factor that grows by one row a choice, in float64. One launch a choice, as in max_min.cu.
#include "inverse_norms.h"
#include "primitives.h"
#include "row_products.h"

namespace autoprune::cuda {
namespace {

// A residual below this share of its start is rounding noise.
constexpr double kNoise = 1e-10;

struct DeterminantalState {
    double* inverse;  // (n)
    double* start;    // (n)
    double* factor;   // (keep, n)
    int* factors;     // (keep + 1): rows of the factor before each step
};

}  // namespace

// start, residual (n): r^2 times the cosine of a row to itself, which is rounded to float32.
extern "C" __global__ void __launch_bounds__(kThreads)
determinantal_start_kernel(DeterminantalState state, double* residual, int* fault, const float* tokens,
                           const float* relevance, Count n, int width) {
    const int count = value_of(n);
    const int i = row_of_quad();
    const float* const row = tokens + static_cast<size_t>(i < count ? i : 0) * width;
    const double square = row_product(row, row, width);
    if (i >= count || threadIdx.x % kQuad != 0) { return; }
    const double r = relevance[i];
    if (!is_finite(r)) { atomicOr(fault, kNotFinite); }
    state.start[i] = r * r * static_cast<float>(square * state.inverse[i] * state.inverse[i]);
    residual[i] = state.start[i];
}

// order[step], gains[step], one row of the factor where the choice adds something, and after (n): what is left of before.
extern "C" __global__ void __launch_bounds__(kThreads)
determinantal_step_kernel(int* order, float* gains, DeterminantalState state, double* after, const double* before,
                          const float* tokens, const float* relevance, Count n, int width, Count keep, int step) {
    __shared__ double products[kRowsOfBlock];
    const int thread = static_cast<int>(threadIdx.x);
    const int count = value_of(n);
    if (step >= value_of(keep) || step >= count) { return; }
    double gain;
    const int chosen = argmax_of(before, count, static_cast<double>(-INFINITY), gain);
    const int factors = step == 0 ? 0 : state.factors[step];
    if (blockIdx.x == 0 && thread == 0) {
        order[step] = chosen;
        gains[step] = static_cast<float>(gain);
        state.factors[step + 1] = factors + (gain > 0 ? 1 : 0);
    }
    if (gain > 0) {
        const int row = row_of_quad();
        const double product = row_product(tokens + static_cast<size_t>(chosen) * width,
                                           tokens + static_cast<size_t>(row < count ? row : 0) * width, width);
        if (thread % kQuad == 0) { products[thread / kQuad] = product; }
        __syncthreads();
    }
    const int i = static_cast<int>(blockIdx.x) * kRowsOfBlock + thread;
    if (thread >= kRowsOfBlock || i >= count) { return; }
    double left = i == chosen ? -INFINITY : before[i];
    if (gain > 0) {
        const double weight = static_cast<double>(relevance[chosen]) * relevance[i];
        double row = left > 0 ? weight * (products[thread] * state.inverse[chosen] * state.inverse[i]) : 0.0;
        for (int f = 0; f < factors; f++) {
            const double* const earlier = state.factor + static_cast<size_t>(f) * n.limit;
            row -= earlier[chosen] * earlier[i];
        }
        row *= 1 / sqrt(gain);
        state.factor[static_cast<size_t>(factors) * n.limit + i] = row;
        if (left > 0) {
            const double rest = left - row * row;
            left = rest > kNoise * state.start[i] ? rest : 0;
        }
    }
    after[i] = left;
}

#if !defined(__CUDACC__)

bool select_determinantal(Call& call, int* order, float* gains, const float* tokens, const float* relevance, Count n,
                          int width, Count keep) {
    const size_t limit = static_cast<size_t>(n.limit);
    const int steps = std::min(keep.limit, n.limit);
    DeterminantalState state{};
    state.inverse = call.workspace.take<double>(limit);
    state.start = call.workspace.take<double>(limit);
    state.factor = call.workspace.take<double>(static_cast<size_t>(steps) * limit);
    state.factors = call.workspace.take<int>(static_cast<size_t>(steps) + 1);
    double* const residual[2] = {call.workspace.take<double>(limit), call.workspace.take<double>(limit)};
    const unsigned blocks = blocks_for(n.limit, kRowsOfBlock);
    bool launched = call.launches() && inverse_norms(call, state.inverse, tokens, n, width) &&
                    AUTOPRUNE_LAUNCH(call.queue, determinantal_start_kernel, {blocks}, kThreads, 0, state, residual[0],
                                     call.fault, tokens, relevance, n, width);
    for (int step = 0; launched && step < steps; step++) {
        launched = AUTOPRUNE_LAUNCH(call.queue, determinantal_step_kernel, {blocks}, kThreads, 0, order, gains, state,
                                    residual[(step + 1) % 2], residual[step % 2], tokens, relevance, n, width, keep, step);
    }
    return launched;
}

#endif

}  // namespace autoprune::cuda
