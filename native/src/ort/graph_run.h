#pragma once
#include <memory>
#include <string>
#include <vector>

#include "ort/cancellation.h"
#include "ort/session.h"

namespace autoprune {

// A tensor in memory that belongs to someone else.
struct TensorView {
    std::string name;
    void* data = nullptr;  // null for an output that onnxruntime is to allocate
    size_t bytes = 0;
    ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    std::vector<int64_t> shape;
};

// Work of a job, away from the thread of JavaScript.
class Step {
public:
    virtual ~Step() = default;
    // `cancellation` may be null.
    virtual bool execute(const Cancellation* cancellation, Failure* failure) = 0;
};

// A session bound to memory: run as often as one likes, without a copy of an input or an output.
class GraphRun final : public Step {
public:
    static std::unique_ptr<GraphRun> create(std::shared_ptr<Session> session, const std::vector<TensorView>& inputs,
                                            const std::vector<TensorView>& outputs, Failure* failure);
    ~GraphRun() override;
    GraphRun(const GraphRun&) = delete;
    GraphRun& operator=(const GraphRun&) = delete;

    bool execute(const Cancellation* cancellation, Failure* failure) override;

    // The outputs of the last run in the order of `outputs`; the caller releases them.
    std::vector<OrtValue*> take_outputs(Failure* failure);
    Runtime* runtime() const { return session_->runtime(); }

private:
    explicit GraphRun(std::shared_ptr<Session> session) : session_(std::move(session)) {}
    bool bind(const TensorView& tensor, bool input, Failure* failure);

    std::shared_ptr<Session> session_;
    OrtIoBinding* binding_ = nullptr;
};

}  // namespace autoprune
