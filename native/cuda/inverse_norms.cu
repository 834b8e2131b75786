// 1 / Euclidean norm of every row of tokens (n, width), 0 for a zero row.
#include "inverse_norms.h"
#include "row_products.h"

namespace autoprune::cuda {

extern "C" __global__ void __launch_bounds__(kThreads)
inverse_norms_kernel(double* inverse, int* fault, const float* tokens, Count n, int width) {
    const int count = value_of(n);
    const int i = row_of_quad();
    const float* const row = tokens + static_cast<size_t>(i < count ? i : 0) * width;
    const double square = row_product(row, row, width);
    if (i < count && threadIdx.x % kQuad == 0) {
        inverse[i] = inverse_norm(square);
        if (!is_finite(square)) { atomicOr(fault, kNotFinite); }
    }
}

#if !defined(__CUDACC__)

bool inverse_norms(Call& call, double* inverse, const float* tokens, Count n, int width) {
    return AUTOPRUNE_LAUNCH(call.queue, inverse_norms_kernel, {blocks_for(n.limit, kRowsOfBlock)}, kThreads, 0, inverse,
                            call.fault, tokens, n, width);
}

#endif

}  // namespace autoprune::cuda
