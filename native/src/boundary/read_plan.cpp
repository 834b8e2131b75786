#include "boundary/read_plan.h"

#include "boundary/read_decoder.h"
#include "boundary/tensors.h"
#include "ort/append_rows.h"

namespace autoprune {
namespace {

constexpr uint32_t kRunParts = 3;
constexpr uint32_t kAppendParts = 5;

// [session, inputs, outputs], or [decoder, hidden, layers]
std::unique_ptr<Step> read_run(napi_env env, const napi_value* part, napi_value held) {
    if (handle_slot<const Decoder>(env, part[0]) != nullptr) {
        std::shared_ptr<const Decoder> decoder = handle_value<const Decoder>(env, part[0]);
        return decoder ? read_token_step(env, std::move(decoder), part, held) : nullptr;
    }
    std::shared_ptr<Session> session = handle_value<Session>(env, part[0]);
    std::vector<TensorView> inputs;
    std::vector<TensorView> outputs;
    if (!session || !read_tensors(env, part[1], false, &inputs, held) || !read_tensors(env, part[2], false, &outputs, held)) {
        return nullptr;
    }
    Failure failure;
    std::unique_ptr<Step> run = GraphRun::create(std::move(session), inputs, outputs, &failure);
    if (!run) { napi_throw_error(env, nullptr, failure.c_str()); }
    return run;
}

// [source, target, heads, capacity, row]
std::unique_ptr<Step> read_append(napi_env env, const napi_value* part, napi_value held) {
    float* source = nullptr;
    float* target = nullptr;
    size_t length = 0;
    size_t cache = 0;
    uint32_t heads = 0;
    uint32_t capacity = 0;
    const int32_t* row = nullptr;
    const bool read = read_floats(env, part[0], &source, &length) && read_floats(env, part[1], &target, &cache) &&
                      napi_get_value_uint32(env, part[2], &heads) == napi_ok &&
                      napi_get_value_uint32(env, part[3], &capacity) == napi_ok && heads > 0 && capacity > 0 &&
                      read_row(env, part[4], &row);
    const size_t per_row = read ? cache / heads / capacity : 0;
    if (per_row == 0 || per_row * heads * capacity != cache || length % (per_row * heads) != 0 || !hold(env, held, part[0]) ||
        !hold(env, held, part[1]) || !hold(env, held, part[4])) {
        return nullptr;
    }
    return std::unique_ptr<Step>(new AppendRows(
        {source, target, heads, per_row, length / (per_row * heads), capacity, row}));
}

}  // namespace

std::shared_ptr<Plan> read_plan(napi_env env, napi_value list, napi_value held) {
    uint32_t count = 0;
    if (napi_get_array_length(env, list, &count) != napi_ok) {
        refuse_argument(env, "Expected a list of steps");
        return nullptr;
    }
    std::shared_ptr<Plan> plan = std::make_shared<Plan>();
    for (uint32_t i = 0; i < count; i++) {
        napi_value entry = nullptr;
        napi_value part[kAppendParts];
        uint32_t parts = 0;
        bool read = napi_get_element(env, list, i, &entry) == napi_ok && napi_get_array_length(env, entry, &parts) == napi_ok &&
                    (parts == kRunParts || parts == kAppendParts);
        for (uint32_t j = 0; read && j < parts; j++) { read = napi_get_element(env, entry, j, &part[j]) == napi_ok; }
        std::unique_ptr<Step> step;
        if (read) { step = parts == kRunParts ? read_run(env, part, held) : read_append(env, part, held); }
        if (!step) {
            refuse_argument(env, "Expected [session, inputs, outputs], [decoder, hidden, layers] or [source, target, heads, capacity, row] for a step");
            return nullptr;
        }
        plan->steps.push_back(std::move(step));
    }
    return plan;
}

}  // namespace autoprune
