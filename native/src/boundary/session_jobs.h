#pragma once
#include <memory>
#include <string>
#include <vector>

#include "boundary/handle.h"
#include "boundary/job.h"
#include "decode/decoder.h"
#include "ort/graph_run.h"

namespace autoprune {

// Steps that were bound to memory once.
struct Plan {
    std::vector<std::unique_ptr<Step>> steps;
    std::atomic<bool> running{false};
};

template <>
struct HandleKind<Session> {
    static constexpr napi_type_tag tag = {0x5d1c9a7f3b2e4a61, 0x9f0e7b6c1d2a4c11};
    static constexpr const char* expected = "Expected a session that was not released";
};
template <>
struct HandleKind<Cancellation> {
    static constexpr napi_type_tag tag = {0x5d1c9a7f3b2e4a61, 0x9f0e7b6c1d2a4c12};
    static constexpr const char* expected = "Expected a cancellation";
};
template <>
struct HandleKind<const Decoder> {
    static constexpr napi_type_tag tag = {0x5d1c9a7f3b2e4a61, 0x9f0e7b6c1d2a4c14};
    static constexpr const char* expected = "Expected a decoder that was not released";
};
template <>
struct HandleKind<Plan> {
    static constexpr napi_type_tag tag = {0x5d1c9a7f3b2e4a61, 0x9f0e7b6c1d2a4c13};
    static constexpr const char* expected = "Expected a plan";
};

class CreateSessionJob final : public Job {
public:
    CreateSessionJob(Runtime* runtime, const void* bytes, size_t length, SessionSettings settings)
        : runtime_(runtime), bytes_(bytes), length_(length), settings_(std::move(settings)) {}

private:
    void execute(Failure* failure) override;
    napi_value result(napi_env env, Failure* failure) override;

    Runtime* runtime_;
    const void* bytes_;
    size_t length_;
    SessionSettings settings_;
    std::shared_ptr<Session> session_;
};

// Reads a decoder's weights.
class CreateDecoderJob final : public Job {
public:
    CreateDecoderJob(const DecoderShape& shape, std::vector<LayerFile> files, const Kernels& kernels, size_t threads)
        : shape_(shape), files_(std::move(files)), kernels_(kernels), threads_(threads) {}

private:
    void execute(Failure* failure) override { decoder_ = Decoder::create(shape_, files_, kernels_, threads_, failure); }
    napi_value result(napi_env env, Failure* failure) override;

    DecoderShape shape_;
    std::vector<LayerFile> files_;
    const Kernels& kernels_;
    size_t threads_;
    std::shared_ptr<const Decoder> decoder_;
};

// Frees weights away from the event loop.
class ReleaseJob final : public Job {
public:
    explicit ReleaseJob(std::shared_ptr<const void> weights) : weights_(std::move(weights)) {}

private:
    void execute(Failure*) override { weights_.reset(); }
    napi_value result(napi_env env, Failure* failure) override;

    std::shared_ptr<const void> weights_;
};

// One run. `allocated` says which outputs onnxruntime allocates; those are the result.
class RunJob final : public Job {
public:
    RunJob(std::unique_ptr<GraphRun> run, std::vector<bool> allocated, std::shared_ptr<Cancellation> cancellation)
        : run_(std::move(run)), allocated_(std::move(allocated)), cancellation_(std::move(cancellation)) {}

private:
    void execute(Failure* failure) override;
    napi_value result(napi_env env, Failure* failure) override;

    std::unique_ptr<GraphRun> run_;
    std::vector<bool> allocated_;
    std::shared_ptr<Cancellation> cancellation_;
};

// All steps of a plan, one after another, in one job.
class PlanJob final : public Job {
public:
    PlanJob(std::shared_ptr<Plan> plan, std::shared_ptr<Cancellation> cancellation)
        : plan_(std::move(plan)), cancellation_(std::move(cancellation)) {}
    ~PlanJob() override { plan_->running = false; }

private:
    void execute(Failure* failure) override;
    napi_value result(napi_env env, Failure* failure) override;

    std::shared_ptr<Plan> plan_;
    std::shared_ptr<Cancellation> cancellation_;
};

}  // namespace autoprune
