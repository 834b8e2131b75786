#include "ort/cancellation.h"

namespace autoprune {

std::shared_ptr<Cancellation> Cancellation::create(Runtime* runtime, Failure* failure) {
    OrtRunOptions* options = nullptr;
    if (!runtime->ok(runtime->api->CreateRunOptions(&options), failure)) { return nullptr; }
    if (!runtime->ok(runtime->api->RunOptionsSetRunLogSeverityLevel(options, ORT_LOGGING_LEVEL_FATAL), failure)) {
        runtime->api->ReleaseRunOptions(options);
        return nullptr;
    }
    return std::shared_ptr<Cancellation>(new Cancellation(runtime, options));
}

Cancellation::~Cancellation() { runtime_->api->ReleaseRunOptions(options_); }

void Cancellation::cancel() {
    cancelled_.store(true, std::memory_order_relaxed);
    Failure ignored;
    runtime_->ok(runtime_->api->RunOptionsSetTerminate(options_), &ignored);
}

}  // namespace autoprune
