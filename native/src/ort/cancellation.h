#pragma once
#include <atomic>
#include <memory>

#include "ort/runtime.h"

namespace autoprune {

// Ends every run that it was given to, now and later, before the operator that comes next.
class Cancellation {
public:
    static std::shared_ptr<Cancellation> create(Runtime* runtime, Failure* failure);
    ~Cancellation();
    Cancellation(const Cancellation&) = delete;
    Cancellation& operator=(const Cancellation&) = delete;

    // From any thread.
    void cancel();
    bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
    const OrtRunOptions* options() const { return options_; }

private:
    Cancellation(Runtime* runtime, OrtRunOptions* options) : runtime_(runtime), options_(options) {}

    Runtime* runtime_;
    OrtRunOptions* options_;
    std::atomic<bool> cancelled_{false};
};

}  // namespace autoprune
