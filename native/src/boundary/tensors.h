#pragma once
#include <node_api.h>

#include <vector>

#include "kernels.h"
#include "ort/graph_run.h"

namespace autoprune {

// Reads tensors [[name, typed array or null, shape or null], …]; null stands for an output that is to be allocated. Their
// arrays are put behind one another into `held`. False with an exception pending where an element does not fit.
bool read_tensors(napi_env env, napi_value list, bool outputs, std::vector<TensorView>* tensors, napi_value held);

// A string of JavaScript; false with an exception pending.
bool read_string(napi_env env, napi_value value, std::string* text);

// Float32Array over memory that is not shared and was not given away; false without an exception.
bool read_floats(napi_env env, napi_value value, float** data, size_t* length);

// Such a Float32Array, Uint16Array of half precision, or Int8Array; false without an exception.
bool read_packed(napi_env env, napi_value value, CacheFormat* format, void** data, size_t* length);

// Throws a TypeError, unless an exception is pending already; false.
bool refuse_argument(napi_env env, const char* message);

// The one element of an Int32Array: a row that is read when a step runs. False without an exception.
bool read_row(napi_env env, napi_value value, const int32_t** row);

// Puts `value` behind the others in the list `held`.
bool hold(napi_env env, napi_value held, napi_value value);

// What onnxruntime allocated, [ArrayBuffer, shape], without a copy where the engine allows; the value is released with it.
napi_value tensor_value(napi_env env, const Runtime& runtime, OrtValue* value, Failure* failure);

}  // namespace autoprune
