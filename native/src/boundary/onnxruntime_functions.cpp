#include "boundary/onnxruntime_functions.h"

#include "boundary/read_decoder.h"
#include "boundary/read_plan.h"
#include "boundary/tensors.h"

namespace autoprune {
namespace {

constexpr size_t kMostArguments = 4;
constexpr const char* kHeldKey = "held";

// Arguments of one call; those that are missing are undefined.
struct Call {
    Call(napi_env environment, napi_callback_info info) : env(environment) {
        napi_get_cb_info(env, info, &count, argument, nullptr, nullptr);
    }
    napi_env env;
    size_t count = kMostArguments;
    napi_value argument[kMostArguments] = {};
};

napi_value fail(napi_env env, const Failure& failure) {
    napi_throw_error(env, nullptr, failure.c_str());
    return nullptr;
}

Runtime* required_runtime(napi_env env) {
    Runtime* const runtime = opened_runtime();
    if (runtime == nullptr) { fail(env, "onnxruntime was not opened"); }
    return runtime;
}

napi_value new_list(napi_env env) {
    napi_value list = nullptr;
    napi_create_array(env, &list);
    return list;
}

napi_value open(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    std::string path;
    int32_t threads = 0;
    if (!read_string(env, call.argument[0], &path)) { return nullptr; }
    if (napi_get_value_int32(env, call.argument[1], &threads) != napi_ok || threads < 1) {
        return fail(env, "Expected a number of threads");
    }
    Failure failure;
    const Runtime* const runtime = open_runtime(path, threads, &failure);
    if (runtime == nullptr) { return fail(env, failure); }
    napi_value version = nullptr;
    napi_create_string_utf8(env, runtime->version.c_str(), NAPI_AUTO_LENGTH, &version);
    return version;
}

napi_value create_session(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    Runtime* const runtime = required_runtime(env);
    SessionSettings settings;
    napi_typedarray_type type;
    size_t length = 0;
    void* bytes = nullptr;
    if (runtime == nullptr || !read_string(env, call.argument[1], &settings.folder)) { return nullptr; }
    if (napi_get_typedarray_info(env, call.argument[0], &type, &length, &bytes, nullptr, nullptr) != napi_ok ||
        type != napi_uint8_array || napi_get_value_int32(env, call.argument[2], &settings.threads) != napi_ok ||
        settings.threads < 1) {
        return fail(env, "Expected the bytes of a graph, a folder and a number of threads");
    }
    return Job::start(env, std::make_unique<CreateSessionJob>(runtime, bytes, length, settings), call.argument[0]);
}

napi_value create_decoder(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    std::unique_ptr<CreateDecoderJob> job = read_decoder(env, call.argument);
    return job ? Job::start(env, std::move(job), nullptr) : nullptr;
}

// Of a session or a decoder.
template <class Weights>
napi_value release(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    if (!handle_value<Weights>(env, call.argument[0])) { return nullptr; }
    std::shared_ptr<Weights> weights = std::move(*handle_slot<Weights>(env, call.argument[0]));
    return Job::start(env, std::make_unique<ReleaseJob>(std::move(weights)), nullptr);
}

// False with an exception pending; undefined is none.
bool read_cancellation(napi_env env, napi_value value, std::shared_ptr<Cancellation>* cancellation) {
    napi_valuetype kind = napi_undefined;
    if (value == nullptr || (napi_typeof(env, value, &kind) == napi_ok && kind == napi_undefined)) { return true; }
    *cancellation = handle_value<Cancellation>(env, value);
    return *cancellation != nullptr;
}

napi_value run(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    std::shared_ptr<Session> session = handle_value<Session>(env, call.argument[0]);
    std::shared_ptr<Cancellation> cancellation;
    std::vector<TensorView> inputs;
    std::vector<TensorView> outputs;
    const napi_value held = new_list(env);
    if (!session || !read_cancellation(env, call.argument[3], &cancellation) ||
        !read_tensors(env, call.argument[1], false, &inputs, held) || !read_tensors(env, call.argument[2], true, &outputs, held)) {
        return nullptr;
    }
    std::vector<bool> allocated;
    for (const TensorView& output : outputs) { allocated.push_back(output.data == nullptr); }
    Failure failure;
    std::unique_ptr<GraphRun> bound = GraphRun::create(std::move(session), inputs, outputs, &failure);
    if (!bound) { return fail(env, failure); }
    return Job::start(env, std::make_unique<RunJob>(std::move(bound), std::move(allocated), std::move(cancellation)), held);
}

napi_value create_plan(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    const napi_value held = new_list(env);
    std::shared_ptr<Plan> plan = read_plan(env, call.argument[0], held);
    if (!plan) { return nullptr; }
    const napi_value handle = create_handle(env, std::move(plan));
    // The memory lives as long as the plan that is bound to it.
    if (handle == nullptr || napi_set_named_property(env, handle, kHeldKey, held) != napi_ok) {
        return fail(env, "no object for the plan");
    }
    return handle;
}

napi_value run_plan(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    const std::shared_ptr<Plan> plan = handle_value<Plan>(env, call.argument[0]);
    std::shared_ptr<Cancellation> cancellation;
    if (!plan || !read_cancellation(env, call.argument[1], &cancellation)) { return nullptr; }
    if (plan->running.exchange(true)) { return fail(env, "the plan is running already"); }
    return Job::start(env, std::make_unique<PlanJob>(plan, std::move(cancellation)), call.argument[0]);
}

napi_value create_cancellation(napi_env env, napi_callback_info) {
    Runtime* const runtime = required_runtime(env);
    if (runtime == nullptr) { return nullptr; }
    Failure failure;
    std::shared_ptr<Cancellation> cancellation = Cancellation::create(runtime, &failure);
    return cancellation ? create_handle(env, std::move(cancellation)) : fail(env, failure);
}

napi_value cancel(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    if (const std::shared_ptr<Cancellation> cancellation = handle_value<Cancellation>(env, call.argument[0])) {
        cancellation->cancel();
    }
    return nullptr;
}

}  // namespace

napi_value onnxruntime_functions(napi_env env) {
    const napi_property_descriptor functions[] = {
        {"open", nullptr, open, nullptr, nullptr, nullptr, napi_default_jsproperty, nullptr},
        {"createSession", nullptr, create_session, nullptr, nullptr, nullptr, napi_default_jsproperty, nullptr},
        {"createDecoder", nullptr, create_decoder, nullptr, nullptr, nullptr, napi_default_jsproperty, nullptr},
        {"releaseDecoder", nullptr, release<const Decoder>, nullptr, nullptr, nullptr, napi_default_jsproperty, nullptr},
        {"releaseSession", nullptr, release<Session>, nullptr, nullptr, nullptr, napi_default_jsproperty, nullptr},
        {"run", nullptr, run, nullptr, nullptr, nullptr, napi_default_jsproperty, nullptr},
        {"createPlan", nullptr, create_plan, nullptr, nullptr, nullptr, napi_default_jsproperty, nullptr},
        {"runPlan", nullptr, run_plan, nullptr, nullptr, nullptr, napi_default_jsproperty, nullptr},
        {"createCancellation", nullptr, create_cancellation, nullptr, nullptr, nullptr, napi_default_jsproperty, nullptr},
        {"cancel", nullptr, cancel, nullptr, nullptr, nullptr, napi_default_jsproperty, nullptr},
    };
    napi_value exports = nullptr;
    if (napi_create_object(env, &exports) != napi_ok ||
        napi_define_properties(env, exports, sizeof functions / sizeof functions[0], functions) != napi_ok) {
        return nullptr;
    }
    return exports;
}

}  // namespace autoprune
