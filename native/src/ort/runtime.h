#pragma once
// The onnxruntime library that the application has installed, opened by its path and used through its C API.
#include "onnxruntime_c_api.h"

#include <atomic>
#include <string>

namespace autoprune {

// What went wrong; empty while nothing has. Never thrown.
using Failure = std::string;

struct Runtime {
    const OrtApi* api = nullptr;
    OrtEnv* env = nullptr;
    OrtMemoryInfo* memory = nullptr;
    OrtAllocator* allocator = nullptr;
    std::string version;
    // Threads of the pool that sessions share; 0 where the process had an environment without one.
    std::atomic<int> shared_threads{0};

    // Frees `status`; its message becomes the failure. True where there is none.
    bool ok(OrtStatus* status, Failure* failure) const;
};

// The library at `path`, opened once a process and kept for its life. Null with a failure where the file is no onnxruntime,
// does not know this version of the API, or where another one is open already.
Runtime* open_runtime(const std::string& path, int threads, Failure* failure);

// The library that is open, or null.
Runtime* opened_runtime();

}  // namespace autoprune
