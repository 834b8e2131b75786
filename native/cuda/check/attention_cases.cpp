#include "../../src/kernels.h"
#include "../device.h"
#include "../primitives.h"
#include "cases.h"

namespace autoprune::cuda {
namespace {

// Logarithms are summed in another order; those of variant 2 are in float32.
constexpr double kInformationTolerance[] = {1e-12, 1e-5};
// One unit of a float32 mean.
constexpr double kMeanTolerance = 1e-7;

template <int Variant>
void check_statistics(Machine& machine, Random& random, bool counts_on_device) {
    const int heads = random.between(1, 5);
    const int rows = random.between(1, 40);
    const int columns = random.between(1, 90);
    std::vector<float> attention(static_cast<size_t>(heads) * rows * columns);
    for (float& value : attention) { value = random.weight() / static_cast<float>(columns); }
    std::vector<float> expected_mean(static_cast<size_t>(columns));
    std::vector<double> expected(static_cast<size_t>(heads));
    const size_t all_rows = static_cast<size_t>(heads) * rows;
    portable::kernels.mean_attention(expected_mean.data(), attention.data(), all_rows, expected_mean.size());
    portable::kernels.mutual_information(expected.data(), attention.data(), expected.size(), static_cast<size_t>(rows),
                                         expected_mean.size());
    Trial trial(machine, counts_on_device);
    const Count count = trial.count(columns);
    const float* const given = trial.put(strided(attention, columns, count.limit));
    float* const mean = trial.make<float>(expected_mean.size());
    double* const information = trial.make<double>(expected.size());
    const bool mean_alone = Variant == 1 && random.chance(20);
    const int fault = trial.run([&](Call& call) {
        return attention_statistics(call, mean, mean_alone ? nullptr : information, given, heads, rows, count, Variant);
    });
    expect_true(fault == 0, "no fault");
    const std::vector<float> found = trial.get(mean, expected_mean.size());
    if (Variant == 1) {
        expect_same(found, expected_mean, "mean");
    } else {
        expect_close(doubles(found), doubles(expected_mean), kMeanTolerance, "mean");
    }
    if (mean_alone) { return; }
    expect_close(trial.get(information, expected.size()), expected, kInformationTolerance[Variant - 1], "information");
}

void check_scores(Machine& machine, Random& random, bool counts_on_device) {
    const int key_heads = random.between(1, 2);
    const int heads = key_heads * random.between(1, 3);
    const int rows = random.between(1, 20);
    const int first = random.below(80);
    const int key_rows = first + rows + random.below(3);
    const int width = random.chance(20) ? random.between(129, 140) : random.between(1, 40);
    const std::vector<float> queries = random.values(static_cast<size_t>(heads) * rows * width);
    const std::vector<float> keys = random.values(static_cast<size_t>(key_heads) * key_rows * width);
    std::vector<int> columns = random.list(random.between(1, 70), key_rows);
    std::vector<float> expected_mean(columns.size());
    std::vector<double> expected(static_cast<size_t>(heads));
    const auto size = [](int value) { return static_cast<size_t>(value); };
    const autoprune::TextRows reference{{queries.data(), size(heads), size(rows), size(width)},
                                        {keys.data(), size(key_heads), size(key_rows), size(width)},
                                        size(first),
                                        columns.data(),
                                        columns.size()};
    expect_true(portable::kernels.attention_scores(expected_mean.data(), expected.data(), reference), "the reference answers");
    Trial trial(machine, counts_on_device);
    const Count count = trial.count(static_cast<int>(columns.size()));
    float* const mean = trial.make<float>(columns.size());
    double* const information = trial.make<double>(expected.size());
    TextRows text{trial.put(queries), trial.put(keys), heads, key_heads, rows, key_rows, width, first, trial.put(columns), count};
    const auto run = [&] { return trial.run([&](Call& call) { return attention_scores(call, mean, information, text); }); };
    expect_true(run() == 0, "no fault");
    expect_close(doubles(trial.get(mean, columns.size())), doubles(expected_mean), kMeanTolerance, "mean");
    // Weights are rounded to float32, which may fall the other way by one unit.
    expect_close(trial.get(information, expected.size()), expected, 1e-6, "information");
    columns[0] = key_rows;
    text.columns = trial.put(columns);
    expect_true(run() == kOutOfRange, "a key outside is a fault");
}

}  // namespace

const std::vector<Case>& attention_cases() {
    static const std::vector<Case> cases = {
        {"attention_statistics, variant 1", check_statistics<1>},
        {"attention_statistics, variant 2", check_statistics<2>},
        {"attention_scores", check_scores},
    };
    return cases;
}

}  // namespace autoprune::cuda
