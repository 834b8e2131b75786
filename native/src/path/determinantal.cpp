#include "path/determinantal.h"

#include "path/finite.h"
#include "path/products.h"
#include "path/row_products.h"
#include "path/shared_runs.h"
#include "scratch.h"

namespace autoprune::AUTOPRUNE_PATH {
namespace {

// A residual below this share of its start is rounding noise.
constexpr double kNoise = 1e-10;
// Columns whose sums stay in registers while the rows of the factor pass by.
constexpr size_t kBlock = 8 * kLanes;

size_t highest_of(const double* values, size_t n) {
    size_t best = 0;
    for (size_t i = 1; i < n; i++) {
        if (values[i] > values[best]) { best = i; }
    }
    return best;
}

// What is known of every token.
struct Selection {
    const Matrix& tokens;
    const float* relevance;  // (n)
    size_t capacity;         // rows that the factor can have
    double* inverse;         // (n) 1 / norm
    double* start;           // (n) residuals at first
    double* residual;        // (n) -infinity once chosen
    double* factor;          // (blocks, capacity, kBlock): a row of the Cholesky factor for each choice that adds something

    double* factor_of(size_t block) const { return factor + block * capacity * kBlock; }
};

void start_residuals(const Selection& all) {
    const size_t n = all.tokens.rows;
    all_squares(all.start, {all.tokens, nullptr, n});
    for (size_t i = 0; i < n; i++) {
        const double square = all.start[i];
        const double r = all.relevance[i];
        all.inverse[i] = inverse_norm(square);
        all.start[i] = r * r * static_cast<float>(square * all.inverse[i] * all.inverse[i]);
        all.residual[i] = all.start[i];
    }
}

// row (kBlock) -= weights[f] * row f of earlier (factors, kBlock) for every f in turn, every product rounded.
void subtract_rows(double* row, const double* earlier, const double* weights, size_t factors) {
    Doubles sums[kBlock / kLanes];
#pragma GCC unroll 8
    for (size_t v = 0; v < kBlock / kLanes; v++) { sums[v] = load(row + v * kLanes); }
    for (size_t f = 0; f < factors; f++) {
#pragma GCC unroll 8
        for (size_t v = 0; v < kBlock / kLanes; v++) { sums[v] -= load(earlier + f * kBlock + v * kLanes) * weights[f]; }
    }
#pragma GCC unroll 8
    for (size_t v = 0; v < kBlock / kLanes; v++) { store(row + v * kLanes, sums[v]); }
}

// A token that was chosen, and what the factor says of it.
struct Choice {
    size_t token;
    double gain;
    const double* products;  // (n)
    const double* weights;   // (factors)
    size_t factors;
};

// row (count): what the factor says of the cosines of a choice with the tokens from `first` on; 0 where nothing is left.
void start_row(double* row, const Selection& all, size_t first, size_t count, const Choice& choice) {
    const double r = all.relevance[choice.token];
    const double inverse = all.inverse[choice.token];
    size_t lane = 0;
    for (; lane + kLanes <= count; lane += kLanes) {
        const size_t i = first + lane;
        const Doubles cosine = load(choice.products + i) * inverse * load(all.inverse + i);
        store(row + lane, load(all.residual + i) > 0 ? r * load(all.relevance + i) * cosine : Doubles{});
    }
    for (; lane < count; lane++) {
        const size_t i = first + lane;
        const double cosine = choice.products[i] * inverse * all.inverse[i];
        row[lane] = all.residual[i] > 0 ? r * all.relevance[i] * cosine : 0.0;
    }
    for (; lane < kBlock; lane++) { row[lane] = 0; }
}

// Takes the squares of a row (count) from what is left of the tokens from `first` on.
void lower_residuals(const Selection& all, const double* row, size_t first, size_t count) {
    size_t lane = 0;
    for (; lane + kLanes <= count; lane += kLanes) {
        double* const residual = all.residual + first + lane;
        const Doubles before = load(residual);
        const Doubles left = before - load(row + lane) * load(row + lane);
        const Doubles after = left > kNoise * load(all.start + first + lane) ? left : Doubles{};
        store(residual, before > 0 ? after : before);
    }
    for (; lane < count; lane++) {
        double* const residual = all.residual + first + lane;
        if (!(*residual > 0)) { continue; }
        const double left = *residual - row[lane] * row[lane];
        *residual = left > kNoise * all.start[first + lane] ? left : 0;
    }
}

// The next row of the factor, and what it leaves of the residuals, in one block.
void choose_in_block(const Selection& all, size_t block, const Choice& choice) {
    const size_t first = block * kBlock;
    const size_t count = all.tokens.rows - first < kBlock ? all.tokens.rows - first : kBlock;
    double* const earlier = all.factor_of(block);
    double* const row = earlier + choice.factors * kBlock;
    start_row(row, all, first, count, choice);
    subtract_rows(row, earlier, choice.weights, choice.factors);
    const double scale = 1 / __builtin_sqrt(choice.gain);
    for (size_t lane = 0; lane < kBlock; lane++) { row[lane] *= scale; }
    lower_residuals(all, row, first, count);
}

// Products of few rows with all of them. All are read for every call, so that some that may be asked for next are taken
// along: they cost little more.
class ProductRows {
public:
    explicit ProductRows(const Matrix& tokens)
        : tokens_(tokens), strip_(kRowsAtOnce * tokens.width), products_(kRowsAtOnce * tokens.rows) {}

    explicit operator bool() const { return strip_ && products_; }

    // (n) of row `row`, which has the highest of `promise` (n); valid until the next call.
    const double* of(size_t row, const double* promise) {
        for (size_t held = 0; held < held_; held++) {
            if (rows_[held] == row) { return products_.data() + held * tokens_.rows; }
        }
        choose(row, promise);
        const size_t n = tokens_.rows;
        double* const strip = strip_.data();
        double* const products = products_.data();
        pack_rows(strip, tokens_, rows_, held_);
        const size_t members = members_for(static_cast<double>(kRowsAtOnce * n * tokens_.width) / kLanes);
        share(n, runs_of(n, members), members, [&](size_t, size_t begin, size_t end) {
            multiply_rows(products, n, strip, tokens_, begin, end);
            return true;
        });
        return products;
    }

private:
    // rows_: `row`, and those that promise most after it.
    void choose(size_t row, const double* promise) {
        rows_[0] = row;
        held_ = 1;
        for (size_t i = 0; i < tokens_.rows; i++) {
            if (i == row || !(promise[i] > 0)) { continue; }
            size_t slot = held_;
            while (slot > 1 && promise[i] > promise[rows_[slot - 1]]) { slot--; }
            if (slot == kRowsAtOnce) { continue; }
            if (held_ < kRowsAtOnce) { held_++; }
            for (size_t later = held_ - 1; later > slot; later--) { rows_[later] = rows_[later - 1]; }
            rows_[slot] = i;
        }
    }

    const Matrix& tokens_;
    Scratch<double> strip_;
    Scratch<double> products_;
    size_t rows_[kRowsAtOnce] = {};
    size_t held_ = 0;
};

}  // namespace

bool select_determinantal(int32_t* order, float* gains, size_t count, const Matrix& tokens, const float* relevance) {
    const size_t n = tokens.rows;
    const size_t blocks = (n + kBlock - 1) / kBlock;
    ProductRows products(tokens);
    Scratch<double> vectors(3 * n);
    Scratch<double> weights(count);
    Scratch<double> factor(blocks * count * kBlock);
    if (!products || !vectors || !weights || !factor) { return false; }
    if (!all_finite(tokens.data, n * tokens.width) || !all_finite(relevance, n)) { return false; }
    double* const residual = vectors.data() + 2 * n;
    const Selection all{tokens, relevance, count, vectors.data(), vectors.data() + n, residual, factor.data()};
    start_residuals(all);
    size_t factors = 0;
    for (size_t step = 0; step < count; step++) {
        const size_t chosen = highest_of(residual, n);
        const double gain = residual[chosen];
        order[step] = static_cast<int32_t>(chosen);
        gains[step] = static_cast<float>(gain);
        residual[chosen] = -__builtin_inf();
        if (!(gain > 0)) { continue; }
        const double* const column = all.factor_of(chosen / kBlock) + chosen % kBlock;
        for (size_t f = 0; f < factors; f++) { weights[f] = column[f * kBlock]; }
        const Choice choice{chosen, gain, products.of(chosen, residual), weights.data(), factors};
        for (size_t block = 0; block < blocks; block++) { choose_in_block(all, block, choice); }
        factors++;
    }
    return true;
}

}  // namespace autoprune::AUTOPRUNE_PATH
