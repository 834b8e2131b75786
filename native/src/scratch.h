#pragma once
// Memory for the time of a call, without exceptions: test it before use.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace autoprune {
namespace {

template <class T>
class Scratch {
public:
    explicit Scratch(size_t count)
        : data_(count <= PTRDIFF_MAX / sizeof(T)
                    ? static_cast<T*>(std::malloc(count == 0 ? 1 : count * sizeof(T)))
                    : nullptr) {}
    ~Scratch() { std::free(data_); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    explicit operator bool() const { return data_ != nullptr; }
    T* data() { return data_; }
    T& operator[](size_t index) { return data_[index]; }

private:
    T* data_;
};

}  // namespace
}  // namespace autoprune
