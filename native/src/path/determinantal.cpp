#include "path/determinantal.h"

#include "path/finite.h"
#include "path/products.h"

namespace autoprune::AUTOPRUNE_PATH {
namespace {

// A residual below this share of its start is rounding noise.
constexpr double kNoise = 1e-10;

size_t highest_of(const double* values, size_t n) {
    size_t best = 0;
    for (size_t i = 1; i < n; i++) {
        if (values[i] > values[best]) { best = i; }
    }
    return best;
}

// target (n) -= weight * source (n), every product rounded.
void subtract_row(double* target, const double* source, double weight, size_t n) {
    size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) { store(target + i, load(target + i) - load(source + i) * weight); }
    for (; i < n; i++) { target[i] -= source[i] * weight; }
}

constexpr size_t kAtOnce = Products::kRows;

// Products of few rows with all of them. All are read for every call, so that some that may be asked for next are taken
// along: they cost little more.
class ProductRows {
public:
    explicit ProductRows(const Matrix& tokens)
        : tokens_(tokens),
          padded_((tokens.rows + kColumns - 1) / kColumns * kColumns),
          panels_(padded_ * tokens.width),
          strip_(kAtOnce * tokens.width),
          rows_(kAtOnce * tokens.rows) {}

    bool pack() {
        if (!panels_ || !strip_ || !rows_) { return false; }
        const RowList all{tokens_, nullptr, tokens_.rows};
        for (size_t first = 0; first < padded_; first += kLanes) { pack_panel(panels_.data() + first * tokens_.width, all, first); }
        return true;
    }

    // (n) of row `row`, which has the highest of `promise` (n); valid until the next call.
    const double* of(size_t row, const double* promise) {
        for (size_t held = 0; held < held_; held++) {
            if (static_cast<size_t>(list_[held]) == row) { return rows_.data() + held * tokens_.rows; }
        }
        choose(row, promise);
        pack_strip<Products::kRows>(strip_.data(), {tokens_, list_, held_}, 0);
        double sums[kAtOnce * kColumns];
        for (size_t first = 0; first < tokens_.rows; first += kColumns) {
            Products::run(sums, strip_.data(), panels_.data() + first * tokens_.width, tokens_.width);
            const size_t count = tokens_.rows - first < kColumns ? tokens_.rows - first : kColumns;
            for (size_t r = 0; r < held_; r++) {
                __builtin_memcpy(rows_.data() + r * tokens_.rows + first, sums + r * kColumns, count * sizeof(double));
            }
        }
        return rows_.data();
    }

private:
    static constexpr size_t kColumns = Products::kPanels * kLanes;

    // list_: `row`, and those that promise most after it.
    void choose(size_t row, const double* promise) {
        list_[0] = static_cast<int32_t>(row);
        held_ = 1;
        for (size_t i = 0; i < tokens_.rows; i++) {
            if (i == row || !(promise[i] > 0)) { continue; }
            size_t slot = held_;
            while (slot > 1 && promise[i] > promise[list_[slot - 1]]) { slot--; }
            if (slot == kAtOnce) { continue; }
            if (held_ < kAtOnce) { held_++; }
            for (size_t later = held_ - 1; later > slot; later--) { list_[later] = list_[later - 1]; }
            list_[slot] = static_cast<int32_t>(i);
        }
    }

    const Matrix& tokens_;
    size_t padded_;
    Scratch<float> panels_;
    Scratch<double> strip_;
    Scratch<double> rows_;
    int32_t list_[kAtOnce] = {};
    size_t held_ = 0;
};

}  // namespace

bool select_determinantal(int32_t* order, float* gains, size_t count, const Matrix& tokens, const float* relevance) {
    const size_t n = tokens.rows;
    ProductRows products(tokens);
    Scratch<double> inverse(n);
    Scratch<double> start(n);
    Scratch<double> residual(n);
    // One row of the Cholesky factor for each choice that adds something.
    Scratch<double> factor(count * n);
    if (!inverse || !start || !residual || !factor) { return false; }
    if (!all_finite(tokens.data, n * tokens.width) || !all_finite(relevance, n)) { return false; }
    if (count == 0) { return true; }
    if (!products.pack()) { return false; }
    for (size_t i = 0; i < n; i++) {
        const double square = square_of(tokens.data + i * tokens.width, tokens.width);
        const double r = relevance[i];
        inverse[i] = inverse_norm(square);
        start[i] = r * r * static_cast<float>(square * inverse[i] * inverse[i]);
        residual[i] = start[i];
    }
    size_t factors = 0;
    for (size_t step = 0; step < count; step++) {
        const size_t chosen = highest_of(residual.data(), n);
        const double gain = residual[chosen];
        order[step] = static_cast<int32_t>(chosen);
        gains[step] = static_cast<float>(gain);
        residual[chosen] = -__builtin_inf();
        if (!(gain > 0)) { continue; }
        double* const row = factor.data() + factors * n;
        const double* const product = products.of(chosen, residual.data());
        const double r = relevance[chosen];
        for (size_t i = 0; i < n; i++) {
            row[i] = residual[i] > 0 ? r * relevance[i] * (product[i] * inverse[chosen] * inverse[i]) : 0.0;
        }
        for (size_t f = 0; f < factors; f++) {
            const double* const earlier = factor.data() + f * n;
            subtract_row(row, earlier, earlier[chosen], n);
        }
        const double scale = 1 / __builtin_sqrt(gain);
        for (size_t i = 0; i < n; i++) {
            row[i] *= scale;
            if (!(residual[i] > 0)) { continue; }
            const double left = residual[i] - row[i] * row[i];
            residual[i] = left > kNoise * start[i] ? left : 0;
        }
        factors++;
    }
    return true;
}

}  // namespace autoprune::AUTOPRUNE_PATH
