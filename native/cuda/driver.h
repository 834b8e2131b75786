#pragma once
// The CUDA driver, found at run time: a machine without one needs nothing, and nothing is linked.
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "machine.h"

namespace autoprune::cuda {

struct DriverFunctions;

// The kernels on one device and one of its streams. Every failure leaves a sentence in error().
class Device : public Machine {
public:
    // Null where there is no driver, no device or no code for it, and `why` then says which.
    static std::unique_ptr<Device> open(const std::string& fatbin, std::string& why);
    ~Device() override;

    // Launches go to the caller's stream (a CUstream) from here on; null is the default one.
    void use_stream(void* stream) { stream_ = stream; }

    bool run(const Launch& launch) override;
    bool fill(void* target, unsigned char byte, size_t bytes) override;

    void* allocate(size_t bytes) override;
    void release(void* data) override;
    bool upload(void* target, const void* source, size_t bytes) override;
    bool download(void* target, const void* source, size_t bytes) override;
    bool copy(void* target, const void* source, size_t bytes);
    bool synchronise();
    // Milliseconds on the device between two calls of mark.
    bool mark(int event);
    float elapsed();

    const std::string& name() const { return name_; }
    const std::string& error() const { return error_; }

private:
    Device() = default;
    bool start(const std::string& fatbin);
    bool check(int result, const char* what);
    void* function_of(const char* name);

    std::unique_ptr<DriverFunctions> driver_;
    std::map<std::string, void*> functions_;
    std::string name_;
    std::string error_;
    int device_ = 0;
    bool retained_ = false;
    void* module_ = nullptr;
    void* stream_ = nullptr;
    void* events_[2] = {};
};

}  // namespace autoprune::cuda
