#pragma once
// Objects of JavaScript that hold a share of a native one, told apart by a tag so that no other object passes for them.
#include <node_api.h>

#include <memory>

namespace autoprune {

// One specialisation a type that is handed out: its tag and the word for it in errors.
template <class T>
struct HandleKind;

template <class T>
napi_value create_handle(napi_env env, std::shared_ptr<T> shared) {
    napi_value object = nullptr;
    if (napi_create_object(env, &object) != napi_ok) { return nullptr; }
    auto* const held = new std::shared_ptr<T>(std::move(shared));
    const auto finalize = [](napi_env, void* data, void*) { delete static_cast<std::shared_ptr<T>*>(data); };
    if (napi_type_tag_object(env, object, &HandleKind<T>::tag) != napi_ok ||
        napi_wrap(env, object, held, finalize, nullptr, nullptr) != napi_ok) {
        delete held;
        return nullptr;
    }
    return object;
}

template <class T>
std::shared_ptr<T>* handle_slot(napi_env env, napi_value value) {
    bool is = false;
    void* data = nullptr;
    if (napi_check_object_type_tag(env, value, &HandleKind<T>::tag, &is) != napi_ok || !is ||
        napi_unwrap(env, value, &data) != napi_ok) {
        return nullptr;
    }
    return static_cast<std::shared_ptr<T>*>(data);
}

// The native object; null with an exception pending where `value` is something else or was released.
template <class T>
std::shared_ptr<T> handle_value(napi_env env, napi_value value) {
    std::shared_ptr<T>* const slot = handle_slot<T>(env, value);
    if (slot != nullptr && *slot) { return *slot; }
    napi_throw_type_error(env, "ARGUMENT_INVALID", HandleKind<T>::expected);
    return nullptr;
}

}  // namespace autoprune
