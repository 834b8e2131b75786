#pragma once
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "../count.h"
#include "../machine.h"

namespace autoprune::cuda {

// Random numbers that are the same everywhere and in every run.
class Random {
public:
    explicit Random(unsigned seed) : engine_(seed) {}
    int below(int limit) { return static_cast<int>(engine_() % static_cast<unsigned>(limit)); }
    int between(int low, int high) { return low + below(high - low + 1); }
    bool chance(int percent) { return below(100) < percent; }
    // In [-1, 1); every fourth is one of few values, so that there are ties, zeros of both signs among them.
    float value() {
        static const float few[] = {-1, -0.0f, 0, 0.25f, 0.5f, 1};
        return chance(25) ? few[below(6)] : static_cast<float>(below(1 << 24)) / (1 << 23) - 1;
    }
    float weight() { return std::abs(value()); }
    std::vector<float> values(size_t count) {
        std::vector<float> result(count);
        for (float& one : result) { one = value(); }
        return result;
    }
    // Rows of which some are equal and some zero.
    std::vector<float> tokens(int rows, int width) {
        std::vector<float> result = values(static_cast<size_t>(rows) * width);
        for (int row = 0; row < rows; row++) {
            float* const target = result.data() + static_cast<size_t>(row) * width;
            if (chance(10)) { std::memcpy(target, result.data() + static_cast<size_t>(below(rows)) * width, width * sizeof(float)); }
            if (chance(5)) { std::fill(target, target + width, 0.0f); }
        }
        return result;
    }
    std::vector<int> list(int count, int limit) {
        std::vector<int> result(static_cast<size_t>(count));
        for (int& one : result) { one = below(limit); }
        return result;
    }

private:
    std::mt19937 engine_;
};

// Memory of one call on a machine, given back at the end. With `counts_on_device` every Count lies there, and matrices are
// laid out for more than there is.
class Trial {
public:
    Trial(Machine& machine, bool counts_on_device) : machine_(machine), counts_on_device_(counts_on_device) {}
    ~Trial() {
        for (void* const data : data_) { machine_.release(data); }
    }
    Trial(const Trial&) = delete;
    Trial& operator=(const Trial&) = delete;

    // Memory with every byte 0xff.
    template <class T>
    T* make(size_t count) {
        void* const data = machine_.allocate(count * sizeof(T));
        if (data == nullptr) { fail("there is not enough memory"); }
        data_.push_back(data);
        machine_.fill(data, 0xff, count * sizeof(T));
        return static_cast<T*>(data);
    }
    template <class T>
    T* put(const std::vector<T>& values) {
        T* const data = make<T>(values.size());
        machine_.upload(data, values.data(), values.size() * sizeof(T));
        return data;
    }
    template <class T>
    std::vector<T> get(const T* data, size_t count) {
        std::vector<T> values(count);
        if (!machine_.download(values.data(), data, count * sizeof(T))) { fail("a copy from the machine failed"); }
        return values;
    }
    Count count(int value) {
        if (!counts_on_device_) { return {nullptr, value}; }
        return {put(std::vector<int>{value}), value + kSlack};
    }
    // Launches and waits; returns what the kernels found wrong.
    template <class Start>
    int run(const Start& start) {
        int* const fault = put(std::vector<int>{0});
        Call measure{machine_, {}, fault};
        start(measure);
        const size_t bytes = measure.workspace.used();
        Call call{machine_, {make<char>(bytes), bytes}, fault};
        // Where no workspace is needed the first call did the work already, and the same again changes nothing.
        if (!start(call)) { fail("a launch was refused"); }
        return get(fault, 1)[0];
    }

private:
    static constexpr int kSlack = 13;
    [[noreturn]] static void fail(const char* what);
    Machine& machine_;
    bool counts_on_device_;
    std::vector<void*> data_;
};

// rows (count, width) laid out with `stride` values a row, the rest NaN
inline std::vector<float> strided(const std::vector<float>& rows, int width, int stride) {
    const size_t count = rows.size() / static_cast<size_t>(width);
    std::vector<float> result(count * static_cast<size_t>(stride), NAN);
    for (size_t row = 0; row < count; row++) {
        std::memcpy(result.data() + row * stride, rows.data() + row * width, static_cast<size_t>(width) * sizeof(float));
    }
    return result;
}

// Expectations of the trial that runs; the first that does not hold ends the process with its numbers.
void expect_true(bool condition, const std::string& what);
void expect_same(const std::vector<int>& actual, const std::vector<int>& expected, const std::string& what);
void expect_same(const std::vector<float>& actual, const std::vector<float>& expected, const std::string& what);
void expect_close(const std::vector<double>& actual, const std::vector<double>& expected, double tolerance, const std::string& what);

template <class T>
std::vector<double> doubles(const std::vector<T>& values) {
    return {values.begin(), values.end()};
}

}  // namespace autoprune::cuda
