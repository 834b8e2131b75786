#include "ort/graph_run.h"

namespace autoprune {

std::unique_ptr<GraphRun> GraphRun::create(std::shared_ptr<Session> session, const std::vector<TensorView>& inputs,
                                           const std::vector<TensorView>& outputs, Failure* failure) {
    std::unique_ptr<GraphRun> run(new GraphRun(std::move(session)));
    Runtime* const runtime = run->runtime();
    if (!runtime->ok(runtime->api->CreateIoBinding(run->session_->get(), &run->binding_), failure)) { return nullptr; }
    for (const TensorView& input : inputs) {
        if (!run->bind(input, true, failure)) { return nullptr; }
    }
    for (const TensorView& output : outputs) {
        if (!run->bind(output, false, failure)) { return nullptr; }
    }
    return run;
}

GraphRun::~GraphRun() { runtime()->api->ReleaseIoBinding(binding_); }

bool GraphRun::bind(const TensorView& tensor, bool input, Failure* failure) {
    const Runtime& ort = *runtime();
    const char* const name = tensor.name.c_str();
    if (tensor.data == nullptr && !input) {
        return ort.ok(ort.api->BindOutputToDevice(binding_, name, ort.memory), failure);
    }
    OrtValue* value = nullptr;
    if (!ort.ok(ort.api->CreateTensorWithDataAsOrtValue(ort.memory, tensor.data, tensor.bytes, tensor.shape.data(),
                                                        tensor.shape.size(), tensor.type, &value),
                failure)) {
        return false;
    }
    const bool bound = ort.ok(input ? ort.api->BindInput(binding_, name, value) : ort.api->BindOutput(binding_, name, value), failure);
    // The binding keeps what it needs of it.
    ort.api->ReleaseValue(value);
    return bound;
}

bool GraphRun::execute(const Cancellation* cancellation, Failure* failure) {
    const Runtime& ort = *runtime();
    const OrtRunOptions* const options = cancellation == nullptr ? nullptr : cancellation->options();
    return ort.ok(ort.api->RunWithBinding(session_->get(), options, binding_), failure);
}

std::vector<OrtValue*> GraphRun::take_outputs(Failure* failure) {
    const Runtime& ort = *runtime();
    OrtValue** values = nullptr;
    size_t count = 0;
    if (!ort.ok(ort.api->GetBoundOutputValues(binding_, ort.allocator, &values, &count), failure)) { return {}; }
    std::vector<OrtValue*> taken(values, values + count);
    if (values != nullptr) { ort.allocator->Free(ort.allocator, values); }
    return taken;
}

}  // namespace autoprune
