#include "path/mutual_information.h"

#include "path/column_sums.h"
#include "path/logarithm.h"
#include "scratch.h"

namespace autoprune::AUTOPRUNE_PATH {
namespace {

constexpr double kEpsilon = 1e-6;

// a * log2(max(a * inverse, epsilon)); NaN where it is not finite.
Doubles term(Doubles a, Doubles inverse) {
    const Doubles ratio = a * inverse;
    const Doubles guarded = ratio < kEpsilon ? broadcast(kEpsilon) : ratio;
    // x - x is NaN for an infinite or undefined x, which the logarithm's bits would hide.
    return a * (log2_of(guarded) + (guarded - guarded));
}

double row_sum(const float* row, const double* inverse, size_t columns) {
    Doubles sum = {};
    Doubles other = {};
    size_t c = 0;
    for (; c + 2 * kLanes <= columns; c += 2 * kLanes) {
        sum += term(load(row + c), load(inverse + c));
        other += term(load(row + c + kLanes), load(inverse + c + kLanes));
    }
    for (; c < columns; c += kLanes) {
        // Columns past the end count 0 · log2(1).
        float values[kLanes] = {};
        double inverses[kLanes];
        for (size_t lane = 0; lane < kLanes; lane++) {
            const bool inside = c + lane < columns;
            values[lane] = inside ? row[c + lane] : 0.0f;
            inverses[lane] = inside ? inverse[c + lane] : 1.0;
        }
        sum += term(load(values), load(inverses));
    }
    return sum_of(sum + other);
}

}  // namespace

double head_information(const float* attention, size_t rows, size_t columns, double* marginal) {
    const double count = static_cast<double>(rows);
    for (size_t c = 0; c < columns; c++) { marginal[c] = 0; }
    add_rows(marginal, attention, rows, columns);
    for (size_t c = 0; c < columns; c++) { marginal[c] = 1 / (marginal[c] / count + count * kEpsilon); }
    double sum = 0;
    for (size_t row = 0; row < rows; row++) { sum += row_sum(attention + row * columns, marginal, columns); }
    return sum / count;
}

bool mutual_information(double* information, const float* attention, size_t heads, size_t rows, size_t columns) {
    Scratch<double> marginal(columns);
    if (!marginal) { return false; }
    for (size_t head = 0; head < heads; head++) {
        information[head] = head_information(attention + head * rows * columns, rows, columns, marginal.data());
        if (information[head] - information[head] != 0) { return false; }
    }
    return true;
}

}  // namespace autoprune::AUTOPRUNE_PATH
