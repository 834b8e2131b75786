#include "ort/runtime.h"

#include <mutex>

#include "ort/library.h"

namespace autoprune {
namespace {

std::mutex opening;
std::atomic<Runtime*> opened{nullptr};
// Never destroyed: threads may use them until the process has ended.
std::string& opened_path() {
    static std::string* const path = new std::string();
    return *path;
}

bool create_environment(Runtime* runtime, int threads, Failure* failure) {
    const OrtApi* const api = runtime->api;
    OrtThreadingOptions* options = nullptr;
    if (!runtime->ok(api->CreateThreadingOptions(&options), failure)) { return false; }
    const bool made =
        runtime->ok(api->SetGlobalIntraOpNumThreads(options, threads), failure) &&
        runtime->ok(api->SetGlobalInterOpNumThreads(options, 1), failure) &&
        // Threads that wait do not burn a core that the event loop needs.
        runtime->ok(api->SetGlobalSpinControl(options, 0), failure) &&
        runtime->ok(api->CreateEnvWithGlobalThreadPools(ORT_LOGGING_LEVEL_FATAL, "autoprune", options, &runtime->env), failure);
    api->ReleaseThreadingOptions(options);
    runtime->shared_threads = threads;
    return made && runtime->ok(api->CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &runtime->memory), failure) &&
           runtime->ok(api->GetAllocatorWithDefaultOptions(&runtime->allocator), failure);
}

}  // namespace

bool Runtime::ok(OrtStatus* status, Failure* failure) const {
    if (status == nullptr) { return true; }
    if (failure->empty()) { *failure = api->GetErrorMessage(status); }
    if (failure->empty()) { *failure = "no reason given"; }
    api->ReleaseStatus(status);
    return false;
}

Runtime* opened_runtime() { return opened.load(std::memory_order_acquire); }

Runtime* open_runtime(const std::string& path, int threads, Failure* failure) {
    const std::lock_guard<std::mutex> lock(opening);
    if (Runtime* const known = opened_runtime()) {
        if (opened_path() == path) { return known; }
        *failure = "another onnxruntime is open in this process: " + opened_path();
        return nullptr;
    }
    void* const symbol = library_symbol(path, "OrtGetApiBase", failure);
    if (symbol == nullptr) { return nullptr; }
    const OrtApiBase* const base = reinterpret_cast<const OrtApiBase* (*)()>(symbol)();
    // A library answers for its own version of the API and every earlier one, and with null for a later one.
    const OrtApi* const api = base == nullptr ? nullptr : base->GetApi(ORT_API_VERSION);
    if (api == nullptr) {
        *failure = std::string("onnxruntime ") + (base == nullptr ? "" : base->GetVersionString()) +
                   " does not speak version " + std::to_string(ORT_API_VERSION) + " of its interface";
        return nullptr;
    }
    Runtime* const runtime = new Runtime();
    runtime->api = api;
    runtime->version = base->GetVersionString();
    if (!create_environment(runtime, threads, failure)) {
        delete runtime;
        return nullptr;
    }
    opened_path() = path;
    opened.store(runtime, std::memory_order_release);
    return runtime;
}

}  // namespace autoprune
