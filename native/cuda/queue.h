#pragma once
// Where kernels are sent: the caller's stream on a device (driver.h) or the emulator. Launches never wait and never ask
// the host for a number that a kernel computed.
#include <cstddef>
#include <tuple>
#include <utility>

#if defined(__CUDACC__)
struct Dimensions {
    unsigned x = 1;
    unsigned y = 1;
    unsigned z = 1;
};
#else
#include "emulator.h"
#endif

namespace autoprune::cuda {

// Bytes that a launch may ask for beside what kernels declare; every device has 48 KiB for both.
constexpr size_t kMaxShared = 47 * 1024;

// A launch of one kernel: `name` in the fatbin, `emulated` on the processor.
struct Launch {
    const char* name;
    void (*emulated)(void** arguments);
    void** arguments;
    Dimensions grid;
    unsigned threads;
    size_t shared;
};

class Queue {
public:
    virtual ~Queue() = default;
    // In the order of the calls. False where the launch was refused.
    virtual bool run(const Launch& launch) = 0;
    virtual bool fill(void* target, unsigned char byte, size_t bytes) = 0;
};

// Pieces of one block of device memory. A workspace without memory only measures: a primitive then launches nothing and
// leaves the number of bytes that it needs.
class Workspace {
public:
    Workspace() = default;
    Workspace(void* data, size_t bytes) : data_(static_cast<char*>(data)), bytes_(bytes) {}

    template <class T>
    T* take(size_t count) {
        char* const piece = data_ + used_;
        used_ += (count * sizeof(T) + kAlignment - 1) / kAlignment * kAlignment;
        return reinterpret_cast<T*>(piece);
    }
    bool measures() const { return data_ == nullptr; }
    bool fits() const { return used_ <= bytes_; }
    size_t used() const { return used_; }

private:
    static constexpr size_t kAlignment = 256;
    char* data_ = nullptr;
    size_t bytes_ = 0;
    size_t used_ = 0;
};

// What every primitive is given beside its tensors.
struct Call {
    Queue& queue;
    Workspace workspace;
    int* fault;  // device: what was found wrong is or-ed in (kNotFinite, kOutOfRange)

    // Whether to go on once the workspace is divided.
    bool launches() const { return !workspace.measures() && workspace.fits(); }
};

#if !defined(__CUDACC__)

template <auto Function>
struct KernelOf;

template <class... P, void (*Function)(P...)>
struct KernelOf<Function> {
    static void emulated(void** arguments) { emulated(arguments, std::index_sequence_for<P...>{}); }

    static bool launch(Queue& queue, const char* name, Dimensions grid, unsigned threads, size_t shared, P... given) {
        if (shared > kMaxShared) { return false; }
        if (grid.x == 0 || grid.y == 0 || grid.z == 0) { return true; }
        void* arguments[] = {&given...};
        return queue.run({name, emulated, arguments, grid, threads, shared});
    }

private:
    template <size_t... I>
    static void emulated(void** arguments, std::index_sequence<I...>) {
        Function(*static_cast<P*>(arguments[I])...);
    }
};

#define AUTOPRUNE_LAUNCH(queue, kernel, grid, threads, shared, ...) \
    KernelOf<kernel>::launch(queue, #kernel, grid, threads, shared, __VA_ARGS__)

#endif

inline unsigned blocks_for(int count, int each) { return static_cast<unsigned>((count + each - 1) / each); }

}  // namespace autoprune::cuda
