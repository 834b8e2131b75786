#pragma once
#include "path/simd.h"
#include "runs.h"

namespace autoprune::AUTOPRUNE_PATH {

// Length of runs that leave several of [0, count) to every one of `members` threads.
inline size_t runs_of(size_t count, size_t members) { return members == 1 ? count : (count + 8 * members - 1) / (8 * members); }

// share_runs for a function object: bool work(member, begin, end).
template <class Work>
inline bool share(size_t count, size_t grain, size_t members, const Work& work) {
    const RunWork call = [](const void* context, size_t member, size_t begin, size_t end) {
        return (*static_cast<const Work*>(context))(member, begin, end);
    };
    return share_runs(count, grain, members, call, &work);
}

}  // namespace autoprune::AUTOPRUNE_PATH
