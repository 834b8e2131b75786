#include "trial.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace autoprune::cuda {
namespace {

[[noreturn]] void report(const std::string& what) {
    std::fprintf(stderr, "FAILED: %s\n", what.c_str());
    std::exit(1);
}

template <class T, class Equal>
void expect_all(const std::vector<T>& actual, const std::vector<T>& expected, const std::string& what, const Equal& equal) {
    expect_true(actual.size() == expected.size(), what + ": another number of values");
    for (size_t i = 0; i < expected.size(); i++) {
        if (equal(actual[i], expected[i])) { continue; }
        char numbers[120];
        std::snprintf(numbers, sizeof numbers, ": %.17g instead of %.17g at %zu of %zu", static_cast<double>(actual[i]),
                      static_cast<double>(expected[i]), i, expected.size());
        report(what + numbers);
    }
}

}  // namespace

void Trial::fail(const char* what) { report(what); }

void expect_true(bool condition, const std::string& what) {
    if (!condition) { report(what); }
}

void expect_same(const std::vector<int>& actual, const std::vector<int>& expected, const std::string& what) {
    expect_all(actual, expected, what, [](int a, int b) { return a == b; });
}

void expect_same(const std::vector<float>& actual, const std::vector<float>& expected, const std::string& what) {
    expect_all(actual, expected, what, [](float a, float b) { return a == b; });
}

void expect_close(const std::vector<double>& actual, const std::vector<double>& expected, double tolerance,
                  const std::string& what) {
    expect_all(actual, expected, what, [tolerance](double a, double b) {
        return std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b));
    });
}

}  // namespace autoprune::cuda
