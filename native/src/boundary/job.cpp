#include "boundary/job.h"

namespace autoprune {
namespace {

napi_value error_of(napi_env env, const Failure& failure) {
    napi_value message = nullptr;
    napi_value error = nullptr;
    napi_create_string_utf8(env, failure.c_str(), failure.size(), &message);
    napi_create_error(env, nullptr, message, &error);
    return error;
}

}  // namespace

napi_value Job::start(napi_env env, std::unique_ptr<Job> job, napi_value held) {
    napi_value promise = nullptr;
    napi_value name = nullptr;
    if (napi_create_string_utf8(env, "autoprune", NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_create_async_work(env, nullptr, name, run, finish, job.get(), &job->work_) != napi_ok) {
        napi_throw_error(env, nullptr, "no work can be queued");
        return nullptr;
    }
    if ((held != nullptr && napi_create_reference(env, held, 1, &job->held_) != napi_ok) ||
        napi_create_promise(env, &job->deferred_, &promise) != napi_ok || napi_queue_async_work(env, job->work_) != napi_ok) {
        if (job->held_ != nullptr) { napi_delete_reference(env, job->held_); }
        napi_delete_async_work(env, job->work_);
        napi_throw_error(env, nullptr, "no work can be queued");
        return nullptr;
    }
    job.release();
    return promise;
}

void Job::run(napi_env, void* data) {
    Job* const job = static_cast<Job*>(data);
    job->execute(&job->failure_);
}

void Job::finish(napi_env env, napi_status status, void* data) {
    const std::unique_ptr<Job> job(static_cast<Job*>(data));
    if (job->held_ != nullptr) { napi_delete_reference(env, job->held_); }
    napi_delete_async_work(env, job->work_);
    // The environment is ending: nobody waits for the promise.
    if (status != napi_ok) { return; }
    napi_value value = nullptr;
    if (job->failure_.empty()) { value = job->result(env, &job->failure_); }
    // Each of these fails without harm where JavaScript may not run any more.
    if (job->failure_.empty()) {
        napi_resolve_deferred(env, job->deferred_, value);
    } else {
        napi_reject_deferred(env, job->deferred_, error_of(env, job->failure_));
    }
}

}  // namespace autoprune
