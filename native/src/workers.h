#pragma once
// Threads beside the one that calls, for work that is cut into independent parts. There is one set of them for the process:
// a caller that finds them busy works alone, so that no two calls wait for one another.
#include <atomic>
#include <cstddef>

namespace autoprune {

// The threads that do one piece of work together.
class Team {
public:
    explicit Team(size_t size) : size_(size) {}

    size_t size() const { return size_; }

    // Waits until all members are here; what any of them wrote before is seen by all after.
    void meet();

private:
    const size_t size_;
    std::atomic<size_t> arrived_{0};
    std::atomic<size_t> meetings_{0};
};

// Part of the work of `member` < team.size().
using TeamWork = void (*)(void* context, Team& team, size_t member);

// Threads that a team can have, the caller's included.
size_t most_members();

// Does work(context, team, m) for every member m of a team of at most `members`, at once, and returns when all have ended.
// `members` 0 asks for as many as there are. The work must be the same for every size of the team.
void run_team(size_t members, TeamWork work, void* context);

// As run_team, for work that any number of the members can do, without a meeting: whoever has not come when the caller has
// ended is not waited for, and does nothing.
void run_with_helpers(size_t members, TeamWork work, void* context);

// The part of [0, count) that `member` does: runs as equal as whole multiples of `grain` allow.
struct Span {
    size_t begin;
    size_t end;
};
inline Span span_of(size_t count, size_t grain, size_t size, size_t member) {
    const size_t grains = (count + grain - 1) / grain;
    const size_t begin = grains * member / size * grain;
    const size_t end = grains * (member + 1) / size * grain;
    return {begin < count ? begin : count, end < count ? end : count};
}

}  // namespace autoprune
