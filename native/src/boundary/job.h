#pragma once
// Work on a thread of libuv's pool that ends in a promise. The environment may end at any moment (a worker thread that is
// terminated): Node then waits for the work, and nothing here needs JavaScript to be alive any more.
#include <node_api.h>

#include <memory>

#include "ort/runtime.h"

namespace autoprune {

class Job {
public:
    virtual ~Job() = default;

    // Queues `job`; its promise, or null with an exception pending. `held` stays alive until the work has ended.
    static napi_value start(napi_env env, std::unique_ptr<Job> job, napi_value held);

protected:
    // Away from JavaScript. A failure rejects the promise.
    virtual void execute(Failure* failure) = 0;
    // Back on its thread, after success: what the promise resolves to.
    virtual napi_value result(napi_env env, Failure* failure) = 0;

private:
    static void run(napi_env env, void* data);
    static void finish(napi_env env, napi_status status, void* data);

    napi_async_work work_ = nullptr;
    napi_deferred deferred_ = nullptr;
    napi_ref held_ = nullptr;
    Failure failure_;
};

}  // namespace autoprune
