#include "../../src/kernels.h"
#include "../../src/neighbour_sums.h"
#include "../device.h"
#include "../primitives.h"
#include "cases.h"

namespace autoprune::cuda {
namespace {

struct Tokens {
    int n;
    int width;
    std::vector<float> data;

    Matrix matrix() const { return {data.data(), static_cast<size_t>(n), static_cast<size_t>(width)}; }
};

Tokens tokens_of(Random& random) {
    const int n = random.chance(20) ? random.between(65, 150) : random.between(1, 60);
    const int width = random.between(1, 45);
    return {n, width, random.tokens(n, width)};
}

// m (n, n) of a matrix with `stride` values a row
std::vector<float> packed(const std::vector<float>& m, int n, int stride) {
    std::vector<float> result;
    for (int row = 0; row < n; row++) {
        const auto from = m.begin() + static_cast<std::ptrdiff_t>(row) * stride;
        result.insert(result.end(), from, from + n);
    }
    return result;
}

void check_similarity(Machine& machine, Random& random, bool counts_on_device) {
    const Tokens tokens = tokens_of(random);
    std::vector<float> expected(static_cast<size_t>(tokens.n) * tokens.n);
    portable::kernels.similarity_matrix(expected.data(), tokens.matrix());
    Trial trial(machine, counts_on_device);
    const float* const given = trial.put(tokens.data);
    const Count n = trial.count(tokens.n);
    const size_t all = static_cast<size_t>(n.limit) * n.limit;
    float* const similarity = trial.make<float>(all);
    expect_true(trial.run([&](Call& call) { return similarity_matrix(call, similarity, given, n, tokens.width); }) == 0, "no fault");
    expect_same(packed(trial.get(similarity, all), tokens.n, n.limit), expected, "cosines");
}

void check_nearest(Machine& machine, Random& random, bool counts_on_device) {
    const Tokens tokens = tokens_of(random);
    std::vector<int> rows = random.list(random.between(1, 90), tokens.n);
    const std::vector<int> targets = random.list(random.between(1, 90), tokens.n);
    std::vector<int> expected(rows.size());
    std::vector<float> cosines(rows.size());
    portable::kernels.nearest_targets(expected.data(), cosines.data(), tokens.matrix(), rows.data(), rows.size(),
                                      targets.data(), targets.size());
    Trial trial(machine, counts_on_device);
    const float* const given = trial.put(tokens.data);
    const Count r = trial.count(static_cast<int>(rows.size()));
    const Count t = trial.count(static_cast<int>(targets.size()));
    int* const nearest = trial.make<int>(rows.size());
    float* const similarity = trial.make<float>(rows.size());
    const int* const to = trial.put(targets);
    const auto run = [&](const int* from) {
        return trial.run([&](Call& call) {
            return nearest_targets(call, nearest, similarity, given, tokens.n, tokens.width, from, r, to, t);
        });
    };
    expect_true(run(trial.put(rows)) == 0, "no fault");
    expect_same(trial.get(nearest, rows.size()), expected, "targets");
    expect_same(trial.get(similarity, rows.size()), cosines, "their cosines");
    rows.back() = -1;
    expect_true(run(trial.put(rows)) == kOutOfRange, "a row outside is a fault");
}

void check_max_min(Machine& machine, Random& random, bool counts_on_device) {
    const Tokens tokens = tokens_of(random);
    std::vector<int> expected(static_cast<size_t>(random.between(0, std::min(tokens.n, 40))));
    portable::kernels.select_max_min(expected.data(), expected.size(), tokens.matrix());
    Trial trial(machine, counts_on_device);
    const float* const given = trial.put(tokens.data);
    const Count n = trial.count(tokens.n);
    const Count keep = trial.count(static_cast<int>(expected.size()));
    int* const order = trial.make<int>(expected.size());
    expect_true(trial.run([&](Call& call) { return select_max_min(call, order, given, n, tokens.width, keep); }) == 0, "no fault");
    expect_same(trial.get(order, expected.size()), expected, "order");
}

void check_determinantal(Machine& machine, Random& random, bool counts_on_device) {
    const Tokens tokens = tokens_of(random);
    std::vector<float> relevance(static_cast<size_t>(tokens.n));
    for (float& one : relevance) { one = random.weight(); }
    std::vector<int> expected(static_cast<size_t>(random.between(0, std::min(tokens.n, 40))));
    std::vector<float> expected_gains(expected.size());
    portable::kernels.select_determinantal(expected.data(), expected_gains.data(), expected.size(), tokens.matrix(), relevance.data());
    Trial trial(machine, counts_on_device);
    const float* const given = trial.put(tokens.data);
    const float* const weights = trial.put(relevance);
    const Count n = trial.count(tokens.n);
    const Count keep = trial.count(static_cast<int>(expected.size()));
    int* const order = trial.make<int>(expected.size());
    float* const gains = trial.make<float>(expected.size());
    const int fault = trial.run([&](Call& call) {
        return select_determinantal(call, order, gains, given, weights, n, tokens.width, keep);
    });
    expect_true(fault == 0, "no fault");
    expect_same(trial.get(order, expected.size()), expected, "order");
    expect_same(trial.get(gains, expected.size()), expected_gains, "gains");
}

void check_not_finite(Machine& machine, Random& random, bool counts_on_device) {
    Tokens tokens = tokens_of(random);
    tokens.data[static_cast<size_t>(random.below(static_cast<int>(tokens.data.size())))] = random.chance(50) ? NAN : -INFINITY;
    Trial trial(machine, counts_on_device);
    const float* const given = trial.put(tokens.data);
    const Count n = trial.count(tokens.n);
    int* const order = trial.make<int>(static_cast<size_t>(tokens.n));
    const Count keep = trial.count(1);
    const int fault = trial.run([&](Call& call) { return select_max_min(call, order, given, n, tokens.width, keep); });
    expect_true(fault == kNotFinite, "a value that is not finite is a fault");
}

// As packages/kernels composes the CPU kernels.
void check_density_peaks(Machine& machine, Random& random, bool counts_on_device) {
    const Tokens tokens = tokens_of(random);
    const size_t m = static_cast<size_t>(tokens.n);
    const int clusters = random.between(1, tokens.n);
    const std::vector<float> noise = random.values(m);
    const bool noisy = random.chance(50);
    std::vector<float> distance(m * m), density(m), delta(m), score(m);
    std::vector<double> sums(m);
    std::vector<int> centres(static_cast<size_t>(clusters)), assignment(m);
    portable::kernels.pair_distances(distance.data(), tokens.matrix());
    neighbour_sums(sums.data(), distance.data(), m, static_cast<size_t>(clusters));
    for (size_t i = 0; i < m; i++) {
        density[i] = static_cast<float>(std::exp(-sums[i] / clusters));
        if (noisy) { density[i] = density[i] + static_cast<float>(static_cast<double>(noise[i]) * 1e-6); }
    }
    const autoprune::DensityPeaks reference{centres.data(), assignment.data(), delta.data(), score.data(), centres.size()};
    portable::kernels.density_peaks(reference, distance.data(), density.data(), m);
    Trial trial(machine, counts_on_device);
    const DensityPeaks peaks{trial.make<int>(centres.size()), trial.make<int>(m), trial.make<float>(m), trial.make<float>(m),
                             trial.make<float>(m)};
    const float* const given = trial.put(tokens.data);
    const float* const added = noisy ? trial.put(noise) : nullptr;
    const Count count = trial.count(tokens.n);
    const Count wanted = trial.count(clusters);
    const int fault = trial.run([&](Call& call) { return density_peaks(call, peaks, given, count, tokens.width, wanted, added); });
    expect_true(fault == 0, "no fault");
    // The exponentials of a device and of a C library may round to different sides.
    expect_close(doubles(trial.get(peaks.density, m)), doubles(density), 1e-7, "density");
    expect_same(trial.get(peaks.centres, centres.size()), centres, "centres");
    expect_same(trial.get(peaks.assignment, m), assignment, "assignment");
    expect_close(doubles(trial.get(peaks.delta, m)), doubles(delta), 1e-7, "delta");
    expect_close(doubles(trial.get(peaks.score, m)), doubles(score), 2e-7, "score");
}

}  // namespace

const std::vector<Case>& comparison_cases() {
    static const std::vector<Case> cases = {
        {"similarity_matrix", check_similarity},
        {"nearest_targets", check_nearest},
        {"select_max_min", check_max_min},
        {"select_determinantal", check_determinantal},
        {"density_peaks", check_density_peaks},
        {"tokens that are not finite", check_not_finite},
    };
    return cases;
}

}  // namespace autoprune::cuda
