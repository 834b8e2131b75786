#pragma once
#include <cstddef>
#include <cstdint>

namespace autoprune {

// Positions of the `count` highest of n scores, ascending; ties keep the earlier. False for a non-finite score.
bool select_top_tokens(int32_t* out, size_t count, const float* scores, size_t n);

// The same, best first; ties put the earlier first.
bool rank_tokens(int32_t* out, size_t count, const float* scores, size_t n);

}  // namespace autoprune
