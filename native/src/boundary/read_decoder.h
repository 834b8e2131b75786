#pragma once
#include <node_api.h>

#include "boundary/session_jobs.h"
#include "decode/decoder.h"

namespace autoprune {

// The arguments of createDecoder: shape [hidden, intermediate, heads, keyValueHeads, headSize, epsilon], layers
// [[file, offsets], …], threads, instruction set or undefined. Null with an exception pending.
std::unique_ptr<CreateDecoderJob> read_decoder(napi_env env, const napi_value* argument);

// The step [decoder, hidden, layers] of a plan, each layer [key, value, capacity, row, cosines, sines, query]. `held` takes
// the memory. Null where something does not fit.
std::unique_ptr<Step> read_token_step(napi_env env, std::shared_ptr<const Decoder> decoder, const napi_value* part, napi_value held);

}  // namespace autoprune
