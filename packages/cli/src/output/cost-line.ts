import type { GenerationResult } from '@autoprune/llava';
import { duration, percent } from './quantities.js';

/** What an answer cost, in one line. */
export function costLine(result: GenerationResult): string {
  const { cost, timings, tokens, method } = result;
  const speed = timings.decodeTokensPerSecond;
  const parts = [
    `${method.name}: ${tokens.visual} visual tokens, on average ${cost.meanEntering.toFixed(1)} entering a layer (${cost.meanLeaving.toFixed(1)} leaving)`,
    `prefill FLOPs ${percent(cost.flopsRatio)} and KV cache ${percent(cost.kvBytes / cost.kvBytesUnpruned)} of unpruned`,
    `first token ${duration(timings.firstTokenMs)} (vision ${duration(timings.visionMs)}, prefill ${duration(timings.prefillMs)}, of which pruning ${duration(timings.pruningMs)})`,
    `${tokens.generated} token${tokens.generated === 1 ? '' : 's'}${speed === null ? '' : ` at ${speed.toFixed(1)}/s`}`,
  ];
  return parts.join('; ');
}
