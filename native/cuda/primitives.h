#pragma once
// The primitives of TokenKernels and SelectionKernels on device memory and the caller's stream. Tensors are dense float32
// unless said otherwise; all pointers are to device memory. Every function only launches: it never waits, and returns
// false where the workspace is too small or a launch was refused. Ties go to the lower index everywhere.
#include "count.h"
#include "queue.h"

namespace autoprune::cuda {

// attention (heads, rows, columns.limit) -> mean (columns) over heads, then rows, and information (heads) in bits, in one
// pass; either output may be null. Variant 1 sums in the reference's order; variant 2 works on all heads at once, takes
// logarithms in float32, and may differ from it by one unit of the mean's last place. At most kMaxTextRows rows.
constexpr int kMaxTextRows = 750;
bool attention_statistics(Call& call, float* mean, double* information, const float* attention, int heads, int rows,
                          Count columns, int variant = 1);

// queries (heads, rows, width), keys (key_heads, key_rows, width): query row r stands at key row first + r and sees the
// keys up to itself; columns (count) are the key rows that are looked at.
struct TextRows {
    const float* queries;
    const float* keys;
    int heads;
    int key_heads;
    int rows;
    int key_rows;
    int width;
    int first;
    const int* columns;
    Count count;
};

// -> mean (count), information (heads), without the full map.
bool attention_scores(Call& call, float* mean, double* information, const TextRows& text);

// scores (tokens) -> positions (keep), ascending. keep is cut to the number of tokens.
bool select_top_tokens(Call& call, int* positions, const float* scores, Count tokens, Count keep);

// The same, best first.
bool rank_tokens(Call& call, int* positions, const float* scores, Count tokens, Count keep);

// Rows to move: target (groups, target_rows, bytes) takes rows of source (groups, source_rows, bytes). A sequence of hidden
// states has one group, a key or value cache one a head. Any element type; source and target must not overlap.
struct RowCopy {
    const void* source;
    void* target;
    int groups;
    int source_rows;
    int target_rows;
    int bytes;
};

constexpr int kMaxCopies = 4;

// target row i of every group = source row rows[i], for i < count.
bool gather_rows(Call& call, const RowCopy& copy, const int* rows, Count count);

// select_top_tokens and gather_rows of up to kMaxCopies tensors in one launch; at most kMaxSlots are kept.
constexpr int kMaxSlots = 10000;
bool select_and_compact(Call& call, int* positions, const float* scores, Count tokens, Count keep, const RowCopy* copies,
                        int copy_count);

// offsets (outputs + 1), inputs and weights (entries)
struct RowMap {
    const int* offsets;
    const int* inputs;
    const float* weights;
    int entries;
};

// out (outputs, width): row r sums weights[e] * source[inputs[e]] over its entries, in their order, in float32.
bool map_rows(Call& call, float* out, const float* source, int source_rows, int width, const RowMap& map, Count outputs);

struct DensityPeaks {
    int* centres;     // (clusters), in descending score
    int* assignment;  // (m)
    float* density;   // (m)
    float* delta;     // (m)
    float* score;     // (m)
};

// tokens (m, width) -> peaks, with as many neighbours as clusters; noise (m) may be null. clusters is cut to m; m.limit is
// at most kMaxPool.
constexpr int kMaxPool = 6000;
bool density_peaks(Call& call, const DensityPeaks& peaks, const float* tokens, Count m, int width, Count clusters,
                   const float* noise);

// tokens (n, width) -> cosines (n.limit, n.limit)
bool similarity_matrix(Call& call, float* similarity, const float* tokens, Count n, int width);

// rows (r), targets (t): row numbers of tokens (n, width) -> index of the most similar target of each row, and its cosine.
// With even rows and odd targets this is ToMe's bipartite matching.
bool nearest_targets(Call& call, int* nearest, float* similarity, const float* tokens, int n, int width, const int* rows,
                     Count r, const int* targets, Count t);

// tokens (n, width) -> order (keep) of choice. keep is cut to n.
bool select_max_min(Call& call, int* order, const float* tokens, Count n, int width, Count keep);

// tokens (n, width), relevance (n) -> order, gains (keep). keep is cut to n.
bool select_determinantal(Call& call, int* order, float* gains, const float* tokens, const float* relevance, Count n,
                          int width, Count keep);

}  // namespace autoprune::cuda
