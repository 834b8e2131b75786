#pragma once
#include <memory>
#include <string>

#include "ort/runtime.h"

namespace autoprune {

struct SessionSettings {
    std::string folder;  // that the files of the weights are named from
    int threads = 1;     // of one operator
};

// One loaded graph. Jobs share it with the object in JavaScript, so that it lives until the last run has ended.
class Session {
public:
    // Null with a failure where the graph cannot be loaded.
    static std::shared_ptr<Session> create(Runtime* runtime, const void* bytes, size_t length, const SessionSettings& settings,
                                           Failure* failure);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    Runtime* runtime() const { return runtime_; }
    OrtSession* get() const { return session_; }

private:
    Session(Runtime* runtime, OrtSession* session) : runtime_(runtime), session_(session) {}

    Runtime* runtime_;
    OrtSession* session_;
};

}  // namespace autoprune
