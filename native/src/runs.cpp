#include "runs.h"

#include <algorithm>
#include <atomic>

#include "workers.h"

namespace autoprune {
namespace {

// A thread does about this much while another wakes and is waited for: some 30 to 60 microseconds.
constexpr double kWorthwhile = 1 << 18;

struct Runs {
    size_t count;
    size_t grain;
    RunWork work;
    const void* context;
    std::atomic<size_t> next{0};
    std::atomic<bool> done{true};
};

void take_runs(void* context, Team&, size_t member) {
    Runs& runs = *static_cast<Runs*>(context);
    while (runs.done.load(std::memory_order_relaxed)) {
        const size_t begin = runs.next.fetch_add(runs.grain, std::memory_order_relaxed);
        if (begin >= runs.count) { return; }
        const size_t end = std::min(begin + runs.grain, runs.count);
        if (!runs.work(runs.context, member, begin, end)) { runs.done.store(false, std::memory_order_relaxed); }
    }
}

}  // namespace

size_t members_for(double operations) {
    return operations < 2 * kWorthwhile ? 1 : std::min(most_members(), static_cast<size_t>(operations / kWorthwhile));
}

bool share_runs(size_t count, size_t grain, size_t members, RunWork work, const void* context) {
    if (count == 0) { return true; }
    Runs runs{count, grain, work, context};
    run_with_helpers(std::max<size_t>(1, std::min(members, (count + grain - 1) / grain)), take_runs, &runs);
    return runs.done.load(std::memory_order_relaxed);
}

}  // namespace autoprune
