#pragma once
#include "ort/graph_run.h"

namespace autoprune {

// Whether `count` rows from `row` on lie within a cache of `capacity` rows.
bool fits_cache(int32_t row, size_t count, size_t capacity, Failure* failure);

// Puts rows [heads, count, width] behind those that a cache [heads, capacity, width] holds.
struct AppendedRows {
    const float* source = nullptr;
    float* target = nullptr;
    size_t heads = 0;
    size_t width = 0;
    size_t count = 0;
    size_t capacity = 0;
    // Row of the cache that the first one goes to; read when the step runs.
    const int32_t* row = nullptr;
};

class AppendRows final : public Step {
public:
    explicit AppendRows(const AppendedRows& rows) : rows_(rows) {}
    bool execute(const Cancellation* cancellation, Failure* failure) override;

private:
    AppendedRows rows_;
};

}  // namespace autoprune
