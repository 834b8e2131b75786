// Rows of sequences and caches to the front of another tensor: by a list of rows, or by scores in the same launch.
#include "primitives.h"
#include "top_tokens.h"

namespace autoprune::cuda {
namespace {

struct RowCopies {
    RowCopy copy[kMaxCopies];
    int count;
};

template <class Unit>
__device__ void copy_units(void* target, const void* source, int bytes) {
    const Unit* const from = static_cast<const Unit*>(source);
    Unit* const to = static_cast<Unit*>(target);
    for (int i = static_cast<int>(threadIdx.x); i < bytes / static_cast<int>(sizeof(Unit)); i += kThreads) { to[i] = from[i]; }
}

// For a whole block, in the widest units that both rows are aligned to.
__device__ void copy_row(const RowCopy& copy, int group, int to, int from) {
    const size_t bytes = static_cast<size_t>(copy.bytes);
    const char* const source = static_cast<const char*>(copy.source) + (static_cast<size_t>(group) * copy.source_rows + from) * bytes;
    char* const target = static_cast<char*>(copy.target) + (static_cast<size_t>(group) * copy.target_rows + to) * bytes;
    const uintptr_t alignment = reinterpret_cast<uintptr_t>(source) | reinterpret_cast<uintptr_t>(target) | bytes;
    if (alignment % sizeof(uint4) == 0) {
        copy_units<uint4>(target, source, copy.bytes);
    } else if (alignment % sizeof(unsigned) == 0) {
        copy_units<unsigned>(target, source, copy.bytes);
    } else {
        copy_units<char>(target, source, copy.bytes);
    }
}

static_assert(kMaxSlots * sizeof(int) <= kMaxShared);

// More blocks than this only wait for each other.
constexpr int kMaxBlocks = 1024;

}  // namespace

// Blocks share (group, slot) pairs.
extern "C" __global__ void __launch_bounds__(kThreads)
gather_rows_kernel(int* fault, RowCopy copy, const int* rows, Count count) {
    const int slots = value_of(count) < copy.target_rows ? value_of(count) : copy.target_rows;
    const int pairs = copy.groups * slots;
    for (int pair = static_cast<int>(blockIdx.x); pair < pairs; pair += static_cast<int>(gridDim.x)) {
        const int row = rows[pair % slots];
        if (row < 0 || row >= copy.source_rows) {
            if (threadIdx.x == 0) { atomicOr(fault, kOutOfRange); }
        } else {
            copy_row(copy, pair / slots, pair % slots, row);
        }
    }
}

// Every block makes the whole choice for itself, which is cheaper than a launch between choosing and moving, and then moves
// its share of the rows.
extern "C" __global__ void __launch_bounds__(kThreads)
select_and_compact_kernel(int* positions, int* fault, const float* scores, Count tokens, Count keep, RowCopies copies) {
    int* const chosen = reinterpret_cast<int*>(dynamic_shared());  // (keep)
    const int n = value_of(tokens);
    const int count = value_of(keep) < n ? value_of(keep) : n;
    for_top_tokens(scores, n, count, fault, [chosen](int slot, int position) { chosen[slot] = position; });
    if (blockIdx.x == 0) {
        for (int slot = static_cast<int>(threadIdx.x); slot < count; slot += kThreads) { positions[slot] = chosen[slot]; }
    }
    for (int c = 0; c < copies.count; c++) {
        const RowCopy& copy = copies.copy[c];
        const int slots = count < copy.target_rows ? count : copy.target_rows;
        for (int pair = static_cast<int>(blockIdx.x); pair < copy.groups * slots; pair += static_cast<int>(gridDim.x)) {
            const int row = chosen[pair % slots];
            if (row < copy.source_rows) {
                copy_row(copy, pair / slots, pair % slots, row);
            } else if (threadIdx.x == 0) {
                atomicOr(fault, kOutOfRange);
            }
        }
    }
}

#if !defined(__CUDACC__)

namespace {

unsigned blocks_of(int pairs) { return static_cast<unsigned>(std::min(pairs, kMaxBlocks)); }

}  // namespace

bool gather_rows(Call& call, const RowCopy& copy, const int* rows, Count count) {
    return AUTOPRUNE_LAUNCH(call.queue, gather_rows_kernel, {blocks_of(copy.groups * count.limit)}, kThreads, 0, call.fault,
                            copy, rows, count);
}

bool select_and_compact(Call& call, int* positions, const float* scores, Count tokens, Count keep, const RowCopy* copies,
                        int copy_count) {
    const int slots = std::min(keep.limit, tokens.limit);
    if (copy_count < 0 || copy_count > kMaxCopies || slots > kMaxSlots) { return false; }
    RowCopies all{};
    all.count = copy_count;
    int pairs = 1;
    for (int c = 0; c < copy_count; c++) {
        all.copy[c] = copies[c];
        pairs = std::max(pairs, copies[c].groups * slots);
    }
    return AUTOPRUNE_LAUNCH(call.queue, select_and_compact_kernel, {blocks_of(pairs)}, kThreads,
                            static_cast<size_t>(slots) * sizeof(int), positions, call.fault, scores, tokens, keep, all);
}

#endif

}  // namespace autoprune::cuda
