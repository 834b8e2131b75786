#include "path/similarity.h"

#include "path/finite.h"
#include "path/products.h"

namespace autoprune::AUTOPRUNE_PATH {
namespace {

bool all_inside(const int32_t* rows, size_t count, size_t limit) {
    for (size_t i = 0; i < count; i++) {
        if (static_cast<size_t>(rows[i]) >= limit) { return false; }
    }
    return true;
}

struct Nearest {
    float similarity;
    int32_t target;
};

// Of equally similar targets the earlier one, in whatever order they come.
inline void take_nearer(Nearest& best, Nearest other) {
    if (other.similarity > best.similarity || (other.similarity == best.similarity && other.target < best.target)) {
        best = other;
    }
}

}  // namespace

bool similarity_matrix(float* similarity, const Matrix& tokens) {
    const size_t n = tokens.rows;
    Scratch<double> inverse(n);
    if (!inverse || !all_finite(tokens.data, n * tokens.width)) { return false; }
    const RowList all{tokens, nullptr, n};
    inverse_norms(inverse.data(), all);
    const double* const norm = inverse.data();
    return for_pairs<Products>(all, all, true, members_for_pairs(all, all), [similarity, norm, n](size_t, size_t i, size_t j, double product) {
        const float value = static_cast<float>(product * norm[i] * norm[j]);
        similarity[i * n + j] = value;
        similarity[j * n + i] = value;
    });
}

bool nearest_targets(int32_t* nearest, float* similarity, const Matrix& tokens, const int32_t* rows, size_t r,
                     const int32_t* targets, size_t t) {
    // Copies, so that a list that is checked cannot change before it is used.
    Scratch<int32_t> from(r);
    Scratch<int32_t> to(t);
    Scratch<double> row_norm(r);
    Scratch<double> target_norm(t);
    if (!from || !to || !row_norm || !target_norm) { return false; }
    for (size_t i = 0; i < r; i++) { from[i] = rows[i]; }
    for (size_t j = 0; j < t; j++) { to[j] = targets[j]; }
    const bool inside = all_inside(from.data(), r, tokens.rows) && all_inside(to.data(), t, tokens.rows);
    if (!inside || !all_finite(tokens.data, tokens.rows * tokens.width)) { return false; }
    const RowList a{tokens, from.data(), r};
    const RowList b{tokens, to.data(), t};
    inverse_norms(row_norm.data(), a);
    inverse_norms(target_norm.data(), b);
    const size_t members = members_for_pairs(a, b);
    Scratch<Nearest> found(members * r);
    if (!found) { return false; }
    Nearest* const best = found.data();
    for (size_t i = 0; i < members * r; i++) { best[i] = {-__builtin_inff(), 0}; }
    const double* const norm_a = row_norm.data();
    const double* const norm_b = target_norm.data();
    const bool done = for_pairs<Products>(a, b, false, members, [=](size_t member, size_t i, size_t j, double product) {
        take_nearer(best[member * r + i], {static_cast<float>(product * norm_a[i] * norm_b[j]), static_cast<int32_t>(j)});
    });
    if (!done) { return false; }
    for (size_t i = 0; i < r; i++) {
        for (size_t member = 1; member < members; member++) { take_nearer(best[i], best[member * r + i]); }
        similarity[i] = best[i].similarity;
        nearest[i] = best[i].target;
    }
    return true;
}

}  // namespace autoprune::AUTOPRUNE_PATH
