#include "processor.h"

#include <cstring>

namespace autoprune {
namespace {

#if defined(__x86_64__)
bool has_avx2() {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}

bool has_avx512() {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}

bool has_avx512vnni() { return has_avx512() && __builtin_cpu_supports("avx512vnni"); }
#endif

}  // namespace

const Kernels* const* available_kernels(size_t* count) {
    static const Kernels* found[4];
    size_t n = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (has_avx512vnni()) { found[n++] = &avx512vnni::kernels; }
    if (has_avx512()) { found[n++] = &avx512::kernels; }
    if (has_avx2()) { found[n++] = &avx2::kernels; }
#endif
    found[n++] = &portable::kernels;
    *count = n;
    return found;
}

const Kernels* find_kernels(const char* name) {
    size_t count = 0;
    const Kernels* const* const available = available_kernels(&count);
    for (size_t i = 0; i < count; i++) {
        if (std::strcmp(available[i]->name, name) == 0) { return available[i]; }
    }
    return nullptr;
}

}  // namespace autoprune
