#include "bench.h"

#include <algorithm>
#include <cstdio>

#include "../primitives.h"
#include "trial.h"

namespace autoprune::cuda {
namespace {

constexpr int kRuns = 9;
// More than any second-level cache holds.
constexpr size_t kFlushBytes = 256u << 20;
constexpr int kHeads = 32;
constexpr int kTextRows = 74;
constexpr int kWidth = 4096;    // hidden states
constexpr int kFeatures = 1024; // of the tower

class Bench {
public:
    explicit Bench(Device& device) : device_(device), trial_(device, false), flush_(trial_.make<char>(kFlushBytes)) {
        const double bytes = 2.0 * (kFlushBytes / 2);
        rate_ = bytes / time([&](Call&) { return device_.copy(flush_, flush_ + kFlushBytes / 2, kFlushBytes / 2); });
        std::printf("copy: %.0f GB/s read and written\n\n", rate_ / 1e6);
        std::printf("%-42s %10s %10s %10s\n", "", "us", "bound us", "share");
    }

    Trial& trial() { return trial_; }

    template <class Start>
    void add(const char* name, int visual, double bytes, const Start& start) {
        const double milliseconds = time(start);
        const double bound = bytes / rate_;
        std::printf("%-34s %7d %10.1f %10.1f %8.0f %%\n", name, visual, milliseconds * 1e3, bound * 1e3, 100 * bound / milliseconds);
    }

    bool ok() const { return device_.error().empty(); }

private:
    // Median milliseconds; what a run reads is not in the cache.
    template <class Start>
    double time(const Start& start) {
        int* const fault = trial_.put(std::vector<int>{0});
        Call measure{device_, {}, fault};
        start(measure);
        const size_t bytes = measure.workspace.used();
        void* const workspace = trial_.make<char>(bytes);
        std::vector<double> times;
        for (int run = 0; run < kRuns; run++) {
            Call call{device_, {workspace, bytes}, fault};
            device_.fill(flush_, static_cast<unsigned char>(run), kFlushBytes);
            device_.mark(0);
            start(call);
            device_.mark(1);
            times.push_back(device_.elapsed());
        }
        std::nth_element(times.begin(), times.begin() + kRuns / 2, times.end());
        return times[kRuns / 2];
    }

    Device& device_;
    Trial trial_;
    char* flush_;
    double rate_ = 0;
};

std::vector<int> every(int count, int step, int first) {
    std::vector<int> result(static_cast<size_t>(count));
    for (int i = 0; i < count; i++) { result[static_cast<size_t>(i)] = i * step + first; }
    return result;
}

void bench_attention(Bench& bench, Random& random, int visual) {
    Trial& trial = bench.trial();
    std::vector<float> values(static_cast<size_t>(kHeads) * kTextRows * visual);
    for (float& value : values) { value = random.weight() / static_cast<float>(visual); }
    const float* const attention = trial.put(values);
    float* const mean = trial.make<float>(static_cast<size_t>(visual));
    double* const information = trial.make<double>(kHeads);
    const double bytes = static_cast<double>(values.size()) * 4;
    const Count columns{nullptr, visual};
    bench.add("mean attention", visual, bytes, [=](Call& call) {
        return attention_statistics(call, mean, nullptr, attention, kHeads, kTextRows, columns);
    });
    bench.add("mean and information, variant 1", visual, bytes, [=](Call& call) {
        return attention_statistics(call, mean, information, attention, kHeads, kTextRows, columns);
    });
    bench.add("mean and information, variant 2", visual, bytes, [=](Call& call) {
        return attention_statistics(call, mean, information, attention, kHeads, kTextRows, columns, 2);
    });
    const int key_rows = visual + 110;
    const float* const queries = trial.put(random.values(static_cast<size_t>(kHeads) * kTextRows * 128));
    const float* const keys = trial.put(random.values(static_cast<size_t>(kHeads) * key_rows * 128));
    const TextRows text{queries, keys, kHeads, kHeads, kTextRows, key_rows, 128, key_rows - kTextRows, trial.put(every(visual, 1, 35)), columns};
    bench.add("attention_scores", visual, 4.0 * kHeads * 128 * (key_rows + kTextRows), [=](Call& call) {
        return attention_scores(call, mean, information, text);
    });
}

void bench_selection(Bench& bench, Random& random, int visual, int keep, const float* hidden) {
    Trial& trial = bench.trial();
    const float* const scores = trial.put(random.values(static_cast<size_t>(visual)));
    int* const positions = trial.make<int>(static_cast<size_t>(visual));
    float* const out = trial.make<float>(static_cast<size_t>(visual) * kWidth);
    const Count tokens{nullptr, visual};
    const Count count{nullptr, keep};
    const double moved = 8.0 * keep * kWidth;
    const RowCopy copy{hidden, out, 1, visual, keep, kWidth * 4};
    bench.add("select_top_tokens", visual, 4.0 * visual, [=](Call& call) {
        return select_top_tokens(call, positions, scores, tokens, count);
    });
    bench.add("rank_tokens, all", visual, 8.0 * visual, [=](Call& call) {
        return rank_tokens(call, positions, scores, tokens, tokens);
    });
    const int* const rows = trial.put(every(keep, visual / keep, 0));
    bench.add("gather_rows", visual, moved, [=](Call& call) { return gather_rows(call, copy, rows, count); });
    bench.add("select_and_compact", visual, moved + 4.0 * visual, [=](Call& call) {
        return select_and_compact(call, positions, scores, tokens, count, &copy, 1);
    });
    constexpr int kClusters = 12;
    std::vector<int> offsets = every(keep + 1, 1, 0);
    for (int cluster = 0; cluster < kClusters; cluster++) { offsets.push_back(offsets.back() + 10); }
    std::vector<float> weights(static_cast<size_t>(offsets.back()), 0.1f);
    std::fill(weights.begin(), weights.begin() + keep, 1.0f);
    const RowMap map{trial.put(offsets), trial.put(every(offsets.back(), 1, 0)), trial.put(weights), offsets.back()};
    bench.add("map_rows", visual, 4.0 * kWidth * (2 * keep + 11 * kClusters), [=](Call& call) {
        return map_rows(call, out, hidden, visual, kWidth, map, {nullptr, keep + kClusters});
    });
}

void bench_comparison(Bench& bench, Random& random, int visual, int keep, const float* hidden) {
    Trial& trial = bench.trial();
    const size_t n = static_cast<size_t>(visual);
    const Count tokens{nullptr, visual};
    const Count count{nullptr, keep};
    const int pool = visual == 576 ? 120 : 750;
    const DensityPeaks peaks{trial.make<int>(n), trial.make<int>(n), trial.make<float>(n), trial.make<float>(n), trial.make<float>(n)};
    bench.add(visual == 576 ? "density_peaks of 120" : "density_peaks of 750", visual, 4.0 * pool * (kWidth + pool), [=](Call& call) {
        return density_peaks(call, peaks, hidden, {nullptr, pool}, kWidth, {nullptr, pool / 10 + 1}, nullptr);
    });
    float* const similarity = trial.make<float>(n * n);
    const double features = 4.0 * visual * kFeatures;
    bench.add("similarity_matrix", visual, features + 4.0 * visual * visual, [=](Call& call) {
        return similarity_matrix(call, similarity, hidden, tokens, kFeatures);
    });
    const Count half{nullptr, visual / 2};
    const int* const even = trial.put(every(visual / 2, 2, 0));
    const int* const odd = trial.put(every(visual / 2, 2, 1));
    bench.add("nearest_targets", visual, 4.0 * visual * 64, [=](Call& call) {
        return nearest_targets(call, peaks.centres, peaks.score, hidden, visual, 64, even, half, odd, half);
    });
    bench.add("select_max_min", visual, features, [=](Call& call) {
        return select_max_min(call, peaks.centres, hidden, tokens, kFeatures, count);
    });
    std::vector<float> weights(n);
    for (float& weight : weights) { weight = random.weight(); }
    const float* const relevance = trial.put(weights);
    bench.add("select_determinantal", visual, features, [=](Call& call) {
        return select_determinantal(call, peaks.centres, peaks.score, hidden, relevance, tokens, kFeatures, count);
    });
}

}  // namespace

bool bench(Device& device) {
    Bench bench(device);
    Random random(1);
    for (const int visual : {576, 2880}) {
        const int keep = visual == 576 ? 64 : 160;
        const float* const hidden = bench.trial().put(random.values(static_cast<size_t>(visual) * kWidth));
        bench_attention(bench, random, visual);
        bench_selection(bench, random, visual, keep, hidden);
        bench_comparison(bench, random, visual, keep, hidden);
    }
    return bench.ok();
}

}  // namespace autoprune::cuda
