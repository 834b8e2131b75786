#pragma once
#include <node_api.h>

namespace autoprune {

// An object with the functions over the application's onnxruntime:
//   open(path, threads): version              opens the library; throws where it does not fit
//   createSession(bytes, folder, threads)     promise of a session
//   releaseSession(session)                   promise; running jobs end first
//   run(session, inputs, outputs, cancellation)          promise of [ArrayBuffer, shape] for each output that is null
//   createPlan(steps)                         steps bound to memory once: [session, inputs, outputs] or
//                                             [source, target, heads, capacity, row] to append to a cache
//   runPlan(plan, cancellation)               promise; one job for all steps
//   createCancellation(), cancel(cancellation)
// Tensors are [name, typed array or null, shape]; a cancellation may be undefined.
napi_value onnxruntime_functions(napi_env env);

}  // namespace autoprune
