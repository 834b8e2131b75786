#pragma once
// Work that is cut into independent runs, shared among threads. What a run writes must not depend on who does it or on how
// many there are. No function here is inline, so that files in src/path may use them.
#include <cstddef>

namespace autoprune {

// Threads that `operations` multiply-adds of a vector, or as much other work, are worth; one where waking another costs
// more than it saves.
size_t members_for(double operations);

// Does [begin, end) of what `context` describes, as the thread `member`; false where it cannot.
using RunWork = bool (*)(const void* context, size_t member, size_t begin, size_t end);

// Calls work for the runs of `grain` that [0, count) consists of, in ascending order, each by whichever of at most `members`
// threads is free first: one that comes late, or stands still for a while, holds up nothing but its own run. False where one
// of them was; the rest is then left out. Not to be called from within a run.
bool share_runs(size_t count, size_t grain, size_t members, RunWork work, const void* context);

}  // namespace autoprune
