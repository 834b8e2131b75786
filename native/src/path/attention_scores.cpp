#include "path/attention_scores.h"

#include "path/column_sums.h"
#include "path/exponential.h"
#include "path/mutual_information.h"
#include "path/products.h"
#include "path/shared_runs.h"

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
    const bool done = for_pairs<Products>(a, b, false, 1, [=](size_t, size_t i, size_t j, double product) {
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

// sums (heads, count) and information (heads) of the heads [begin, end).
bool score_heads(double* sums, double* information, const TextRows& text, size_t begin, size_t end) {
    const size_t rows = text.queries.rows;
    Scratch<float> probabilities(rows * text.count);
    Scratch<double> logits(rows * (text.first + rows));
    Scratch<double> marginal(text.count);
    if (!probabilities || !logits || !marginal) { return false; }
    for (size_t head = begin; head < end; head++) {
        double* const sum = sums + head * text.count;
        if (!head_probabilities(probabilities.data(), logits.data(), text, head)) { return false; }
        for (size_t c = 0; c < text.count; c++) { sum[c] = 0; }
        add_rows(sum, probabilities.data(), rows, text.count);
        information[head] = head_information(probabilities.data(), rows, text.count, marginal.data());
    }
    return true;
}

}  // namespace

bool attention_scores(float* mean, double* information, const TextRows& text) {
    const size_t rows = text.queries.rows;
    const size_t heads = text.queries.heads;
    Scratch<double> sums(heads * text.count);
    if (!sums) { return false; }
    const double products = static_cast<double>(rows * (text.first + rows)) * static_cast<double>(text.queries.width);
    const size_t members = members_for(static_cast<double>(heads) * products / kLanes);
    const bool done = share(heads, 1, members, [&](size_t, size_t begin, size_t end) {
        return score_heads(sums.data(), information, text, begin, end);
    });
    if (!done) { return false; }
    const double total = static_cast<double>(heads * rows);
    for (size_t c = 0; c < text.count; c++) {
        // Heads one after the other, whoever came first.
        double sum = 0;
        for (size_t head = 0; head < heads; head++) { sum += sums[head * text.count + c]; }
        mean[c] = static_cast<float>(sum / total);
    }
    return true;
}

}  // namespace autoprune::AUTOPRUNE_PATH
