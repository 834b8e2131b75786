#pragma once
#include <node_api.h>

#include "boundary/session_jobs.h"

namespace autoprune {

// The plan of a list of steps; null with an exception pending. `held` takes the memory that the steps use.
std::shared_ptr<Plan> read_plan(napi_env env, napi_value list, napi_value held);

}  // namespace autoprune
