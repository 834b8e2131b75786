#include "../../src/kernels.h"
#include "../../src/top_tokens.h"
#include "../device.h"
#include "../primitives.h"
#include "cases.h"

namespace autoprune::cuda {
namespace {

int up_to(Random& random, int limit) { return random.between(0, random.chance(30) ? std::min(limit, 3) : limit); }

template <bool (*Primitive)(Call&, int*, const float*, Count, Count), bool (*Reference)(int32_t*, size_t, const float*, size_t)>
void check_top_tokens(Machine& machine, Random& random, bool counts_on_device) {
    const int n = random.between(1, 700);
    const int keep = up_to(random, n);
    const std::vector<float> scores = random.values(static_cast<size_t>(n));
    std::vector<int> expected(static_cast<size_t>(keep));
    expect_true(Reference(expected.data(), expected.size(), scores.data(), scores.size()), "the reference answers");
    Trial trial(machine, counts_on_device);
    int* const positions = trial.make<int>(static_cast<size_t>(keep));
    const float* const given = trial.put(scores);
    const Count tokens = trial.count(n);
    const Count count = trial.count(keep);
    const int fault = trial.run([&](Call& call) { return Primitive(call, positions, given, tokens, count); });
    expect_true(fault == 0, "no fault");
    expect_same(trial.get(positions, static_cast<size_t>(keep)), expected, "positions");
}

void check_scores_that_are_not_finite(Machine& machine, Random& random, bool counts_on_device) {
    const int n = random.between(1, 300);
    std::vector<float> scores = random.values(static_cast<size_t>(n));
    scores[static_cast<size_t>(random.below(n))] = random.chance(50) ? NAN : INFINITY;
    Trial trial(machine, counts_on_device);
    int* const positions = trial.make<int>(static_cast<size_t>(n));
    const float* const given = trial.put(scores);
    const Count tokens = trial.count(n);
    const int found = trial.run([&](Call& call) {
        return (random.chance(50) ? select_top_tokens : rank_tokens)(call, positions, given, tokens, tokens);
    });
    expect_true(found == kNotFinite, "a score that is not finite is a fault");
}

// Rows of one, two, four or sixteen-byte units.
struct Tensor {
    int groups;
    int rows;
    int bytes;
    std::vector<char> data;
};

Tensor tensor_of(Random& random, int rows) {
    static const int sizes[] = {3, 4, 20, 32, 48, 640};
    Tensor tensor{random.between(1, 3), rows, sizes[random.below(6)], {}};
    tensor.data.resize(static_cast<size_t>(tensor.groups) * rows * tensor.bytes);
    for (char& one : tensor.data) { one = static_cast<char>(random.below(256)); }
    return tensor;
}

std::vector<int> gathered(const Tensor& tensor, const std::vector<int>& rows) {
    std::vector<int> result;
    for (int group = 0; group < tensor.groups; group++) {
        for (const int row : rows) {
            const char* const from = tensor.data.data() + (static_cast<size_t>(group) * tensor.rows + row) * tensor.bytes;
            result.insert(result.end(), from, from + tensor.bytes);
        }
    }
    return result;
}

// The first `count` of target_rows rows of every group.
std::vector<int> moved(Trial& trial, const RowCopy& copy, int count) {
    const size_t all = static_cast<size_t>(copy.groups) * copy.target_rows * copy.bytes;
    const std::vector<char> data = trial.get(static_cast<const char*>(copy.target), all);
    std::vector<int> result;
    for (int group = 0; group < copy.groups; group++) {
        const char* const from = data.data() + static_cast<size_t>(group) * copy.target_rows * copy.bytes;
        result.insert(result.end(), from, from + static_cast<size_t>(count) * copy.bytes);
    }
    return result;
}

RowCopy copy_of(Trial& trial, const Tensor& tensor, int target_rows) {
    const size_t bytes = static_cast<size_t>(tensor.groups) * target_rows * tensor.bytes;
    return {trial.put(tensor.data), trial.make<char>(bytes), tensor.groups, tensor.rows, target_rows, tensor.bytes};
}

void check_gather_rows(Machine& machine, Random& random, bool counts_on_device) {
    const Tensor tensor = tensor_of(random, random.between(1, 40));
    std::vector<int> rows = random.list(random.between(1, 50), tensor.rows);
    Trial trial(machine, counts_on_device);
    const RowCopy copy = copy_of(trial, tensor, static_cast<int>(rows.size()) + random.below(3));
    const Count count = trial.count(static_cast<int>(rows.size()));
    const int* const given = trial.put(rows);
    expect_true(trial.run([&](Call& call) { return gather_rows(call, copy, given, count); }) == 0, "no fault");
    expect_same(moved(trial, copy, static_cast<int>(rows.size())), gathered(tensor, rows), "rows");
    rows[0] = random.chance(50) ? -1 : tensor.rows;
    const int* const wrong = trial.put(rows);
    const int fault = trial.run([&](Call& call) { return gather_rows(call, copy, wrong, count); });
    expect_true(fault == kOutOfRange, "a row outside is a fault");
}

void check_select_and_compact(Machine& machine, Random& random, bool counts_on_device) {
    const int n = random.chance(20) ? random.between(257, 300) : random.between(1, 80);
    const int keep = std::max(1, up_to(random, std::min(n, 60)));
    const std::vector<float> scores = random.values(static_cast<size_t>(n));
    std::vector<int> expected(static_cast<size_t>(keep));
    autoprune::select_top_tokens(expected.data(), expected.size(), scores.data(), scores.size());
    Trial trial(machine, counts_on_device);
    std::vector<Tensor> tensors;
    std::vector<RowCopy> copies;
    for (int c = random.between(0, kMaxCopies); c > 0; c--) {
        tensors.push_back(tensor_of(random, n));
        copies.push_back(copy_of(trial, tensors.back(), keep + random.below(3)));
    }
    int* const positions = trial.make<int>(static_cast<size_t>(keep));
    const float* const given = trial.put(scores);
    const Count tokens = trial.count(n);
    const Count count = trial.count(keep);
    const int fault = trial.run([&](Call& call) {
        return select_and_compact(call, positions, given, tokens, count, copies.data(), static_cast<int>(copies.size()));
    });
    expect_true(fault == 0, "no fault");
    expect_same(trial.get(positions, static_cast<size_t>(keep)), expected, "positions");
    for (size_t c = 0; c < copies.size(); c++) {
        expect_same(moved(trial, copies[c], keep), gathered(tensors[c], expected), "moved rows");
    }
}

void check_map_rows(Machine& machine, Random& random, bool counts_on_device) {
    const int rows = random.between(1, 30);
    const int width = random.between(1, 300);
    const int outputs = random.between(1, 12);
    const std::vector<float> source = random.values(static_cast<size_t>(rows) * width);
    std::vector<int> offsets{0};
    for (int row = 0; row < outputs; row++) { offsets.push_back(offsets.back() + random.below(5)); }
    std::vector<int> inputs = random.list(offsets.back(), rows);
    std::vector<float> weights = random.values(inputs.size());
    for (float& weight : weights) { weight = random.chance(40) ? 1 : weight; }
    std::vector<float> expected(static_cast<size_t>(outputs) * width);
    const autoprune::RowMap reference{offsets.data(), inputs.data(), weights.data(), static_cast<size_t>(outputs), inputs.size()};
    portable::kernels.map_rows(expected.data(), {source.data(), static_cast<size_t>(rows), static_cast<size_t>(width)}, reference);
    Trial trial(machine, counts_on_device);
    float* const out = trial.make<float>(expected.size());
    const float* const given = trial.put(source);
    const Count count = trial.count(outputs);
    const RowMap map{trial.put(offsets), trial.put(inputs), trial.put(weights), offsets.back()};
    const auto run = [&](const RowMap& one) {
        return trial.run([&](Call& call) { return map_rows(call, out, given, rows, width, one, count); });
    };
    expect_true(run(map) == 0, "no fault");
    expect_same(trial.get(out, expected.size()), expected, "merged rows");
    if (inputs.empty()) { return; }
    inputs[0] = rows;
    expect_true(run({map.offsets, trial.put(inputs), map.weights, map.entries}) == kOutOfRange, "a row outside is a fault");
}

}  // namespace

const std::vector<Case>& selection_cases() {
    static const std::vector<Case> cases = {
        {"select_top_tokens", check_top_tokens<select_top_tokens, autoprune::select_top_tokens>},
        {"rank_tokens", check_top_tokens<rank_tokens, autoprune::rank_tokens>},
        {"scores that are not finite", check_scores_that_are_not_finite},
        {"gather_rows", check_gather_rows},
        {"select_and_compact", check_select_and_compact},
        {"map_rows", check_map_rows},
    };
    return cases;
}

}  // namespace autoprune::cuda
