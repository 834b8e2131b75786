#include "boundary/session_jobs.h"

#include "boundary/tensors.h"

namespace autoprune {
namespace {

bool stopped(const std::shared_ptr<Cancellation>& cancellation, Failure* failure) {
    if (!cancellation || !cancellation->cancelled()) { return false; }
    *failure = "cancelled";
    return true;
}

napi_value undefined(napi_env env) {
    napi_value value = nullptr;
    napi_get_undefined(env, &value);
    return value;
}

}  // namespace

void CreateSessionJob::execute(Failure* failure) { session_ = Session::create(runtime_, bytes_, length_, settings_, failure); }

napi_value CreateSessionJob::result(napi_env env, Failure* failure) {
    const napi_value handle = create_handle(env, std::move(session_));
    if (handle == nullptr) { *failure = "no object for the session"; }
    return handle;
}

napi_value CreateDecoderJob::result(napi_env env, Failure* failure) {
    const napi_value handle = create_handle(env, std::move(decoder_));
    if (handle == nullptr) { *failure = "no object for the decoder"; }
    return handle;
}

napi_value ReleaseJob::result(napi_env env, Failure*) { return undefined(env); }

void RunJob::execute(Failure* failure) {
    if (!stopped(cancellation_, failure)) { run_->execute(cancellation_.get(), failure); }
}

napi_value RunJob::result(napi_env env, Failure* failure) {
    napi_value list = nullptr;
    if (napi_create_array(env, &list) != napi_ok) { *failure = "no list for the outputs"; }
    const Runtime& runtime = *run_->runtime();
    const std::vector<OrtValue*> values = run_->take_outputs(failure);
    uint32_t index = 0;
    for (size_t i = 0; i < values.size(); i++) {
        if (!failure->empty() || !allocated_[i]) {
            runtime.api->ReleaseValue(values[i]);
            continue;
        }
        const napi_value value = tensor_value(env, runtime, values[i], failure);
        if (value != nullptr) { napi_set_element(env, list, index++, value); }
    }
    return list;
}

void PlanJob::execute(Failure* failure) {
    for (const std::unique_ptr<Step>& step : plan_->steps) {
        if (stopped(cancellation_, failure) || !step->execute(cancellation_.get(), failure)) { return; }
    }
}

napi_value PlanJob::result(napi_env env, Failure*) { return undefined(env); }

}  // namespace autoprune
