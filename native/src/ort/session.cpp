#include "ort/session.h"

namespace autoprune {
namespace {

bool configure(Runtime* runtime, OrtSessionOptions* options, const SessionSettings& settings, bool shared_pool, Failure* failure) {
    const OrtApi* const api = runtime->api;
    const auto entry = [&](const char* key, const char* value) {
        return runtime->ok(api->AddSessionConfigEntry(options, key, value), failure);
    };
    const bool threads = shared_pool ? runtime->ok(api->DisablePerSessionThreads(options), failure)
                                     : runtime->ok(api->SetIntraOpNumThreads(options, settings.threads), failure) &&
                                           // Every session has its own threads: idle ones must not burn a core.
                                           entry("session.intra_op.allow_spinning", "0");
    return threads && runtime->ok(api->SetInterOpNumThreads(options, 1), failure) &&
           runtime->ok(api->SetSessionExecutionMode(options, ORT_SEQUENTIAL), failure) &&
           runtime->ok(api->SetSessionGraphOptimizationLevel(options, ORT_ENABLE_ALL), failure) &&
           // Outputs live on after the run; an arena would keep their largest size for ever.
           runtime->ok(api->DisableCpuMemArena(options), failure) &&
           runtime->ok(api->SetSessionLogSeverityLevel(options, ORT_LOGGING_LEVEL_FATAL), failure) &&
           entry("session.model_external_initializers_file_folder_path", settings.folder.c_str());
}

OrtSession* load(Runtime* runtime, const void* bytes, size_t length, const SessionSettings& settings, bool shared_pool,
                 Failure* failure) {
    const OrtApi* const api = runtime->api;
    OrtSessionOptions* options = nullptr;
    if (!runtime->ok(api->CreateSessionOptions(&options), failure)) { return nullptr; }
    OrtSession* session = nullptr;
    const bool loaded = configure(runtime, options, settings, shared_pool, failure) &&
                        runtime->ok(api->CreateSessionFromArray(runtime->env, bytes, length, options, &session), failure);
    api->ReleaseSessionOptions(options);
    return loaded ? session : nullptr;
}

}  // namespace

std::shared_ptr<Session> Session::create(Runtime* runtime, const void* bytes, size_t length, const SessionSettings& settings,
                                         Failure* failure) {
    const bool shared_pool = settings.threads == runtime->shared_threads;
    OrtSession* session = load(runtime, bytes, length, settings, shared_pool, failure);
    if (session == nullptr && shared_pool && failure->find("GlobalThreadPools") != std::string::npos) {
        // The process had an environment before ours, which then is the one that we were given; it has no pool to share.
        runtime->shared_threads = 0;
        failure->clear();
        session = load(runtime, bytes, length, settings, false, failure);
    }
    return session == nullptr ? nullptr : std::shared_ptr<Session>(new Session(runtime, session));
}

Session::~Session() { runtime_->api->ReleaseSession(session_); }

}  // namespace autoprune
