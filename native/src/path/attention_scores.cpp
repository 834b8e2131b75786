#include "path/attention_scores.h"

#include "path/column_sums.h"
#include "path/exponential.h"
#include "path/mutual_information.h"
#include "path/products.h"

namespace autoprune::AUTOPRUNE_PATH {
namespace {

// Softmax of logits (count), in place. False where a logit is not finite.
bool softmax(double* logits, size_t count) {
    double highest = -__builtin_inf();
    double check = 0;
    for (size_t k = 0; k < count; k++) {
        check += logits[k] - logits[k];
        highest = logits[k] > highest ? logits[k] : highest;
    }
    if (check != 0) { return false; }
    Doubles sums = {};
    size_t k = 0;
    for (; k + kLanes <= count; k += kLanes) {
        const Doubles value = exp_of(load(logits + k) - highest);
        store(logits + k, value);
        sums += value;
    }
    double sum = sum_of(sums);
    for (; k < count; k++) {
        logits[k] = exp_of(broadcast(logits[k] - highest))[0];
        sum += logits[k];
    }
    for (k = 0; k < count; k++) { logits[k] /= sum; }
    return true;
}

// probabilities (rows, count) of one head at the columns that are asked for; 0 for keys that a row does not see.
bool head_probabilities(float* probabilities, double* logits, const TextRows& text, size_t head) {
    const size_t width = text.queries.width;
    const size_t rows = text.queries.rows;
    const size_t key_rows = text.first + rows;
    const size_t key_head = head * text.keys.heads / text.queries.heads;
    const Matrix queries{text.queries.data + head * rows * width, rows, width};
    const Matrix keys{text.keys.data + key_head * text.keys.rows * width, key_rows, width};
    const double scale = 1 / __builtin_sqrt(static_cast<double>(width));
    const RowList a{queries, nullptr, rows};
    const RowList b{keys, nullptr, key_rows};
    const bool done = for_pairs<Products>(a, b, false, [=](size_t i, size_t j, double product) {
        logits[i * key_rows + j] = product * scale;
    });
    if (!done) { return false; }
    for (size_t row = 0; row < rows; row++) {
        double* const weights = logits + row * key_rows;
        const size_t visible = text.first + row + 1;
        if (!softmax(weights, visible)) { return false; }
        for (size_t c = 0; c < text.count; c++) {
            const size_t key = static_cast<size_t>(text.columns[c]);
            if (key >= text.keys.rows) { return false; }
            probabilities[row * text.count + c] = key < visible ? static_cast<float>(weights[key]) : 0.0f;
        }
    }
    return true;
}

}  // namespace

bool attention_scores(float* mean, double* information, const TextRows& text) {
    const size_t rows = text.queries.rows;
    const size_t heads = text.queries.heads;
    Scratch<float> probabilities(rows * text.count);
    Scratch<double> logits(rows * (text.first + rows));
    Scratch<double> sums(text.count);
    Scratch<double> marginal(text.count);
    if (!probabilities || !logits || !sums || !marginal) { return false; }
    for (size_t c = 0; c < text.count; c++) { sums[c] = 0; }
    for (size_t head = 0; head < heads; head++) {
        if (!head_probabilities(probabilities.data(), logits.data(), text, head)) { return false; }
        add_rows(sums.data(), probabilities.data(), rows, text.count);
        information[head] = head_information(probabilities.data(), rows, text.count, marginal.data());
    }
    const double total = static_cast<double>(heads * rows);
    for (size_t c = 0; c < text.count; c++) { mean[c] = static_cast<float>(sums[c] / total); }
    return true;
}

}  // namespace autoprune::AUTOPRUNE_PATH
