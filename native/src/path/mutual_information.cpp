#include "path/mutual_information.h"

#include "path/column_sums.h"
#include "path/logarithm.h"
#include "path/shared_runs.h"
#include "scratch.h"

namespace autoprune::AUTOPRUNE_PATH {
namespace {

constexpr double kEpsilon = 1e-6;
// A logarithm takes as long as this many multiply-adds.
constexpr double kOperations = 16;

// sum + a * log2(max(a * inverse, epsilon)); not finite where the ratio is not.
Doubles with_term(Doubles sum, Doubles a, Doubles inverse) {
    const Doubles ratio = a * inverse;
    return multiply_add(a, log2_of(ratio < kEpsilon ? broadcast(kEpsilon) : ratio), sum);
}

double row_sum(const float* row, const double* inverse, size_t columns) {
    // Logarithms that do not wait for one another.
    constexpr size_t kChains = 4;
    Doubles sum[kChains] = {};
    size_t c = 0;
    for (; c + kChains * kLanes <= columns; c += kChains * kLanes) {
#pragma GCC unroll 4
        for (size_t chain = 0; chain < kChains; chain++) {
            const size_t at = c + chain * kLanes;
            sum[chain] = with_term(sum[chain], load(row + at), load(inverse + at));
        }
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
        sum[0] = with_term(sum[0], load(values), load(inverses));
    }
    return sum_of(sum[0] + sum[1] + (sum[2] + sum[3]));
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
    const size_t members = members_for(kOperations * static_cast<double>(heads * rows * columns) / kLanes);
    return share(heads, 1, members, [=](size_t, size_t begin, size_t end) {
        Scratch<double> marginal(columns);
        if (!marginal) { return false; }
        for (size_t head = begin; head < end; head++) {
            information[head] = head_information(attention + head * rows * columns, rows, columns, marginal.data());
            if (information[head] - information[head] != 0) { return false; }
        }
        return true;
    });
}

}  // namespace autoprune::AUTOPRUNE_PATH
