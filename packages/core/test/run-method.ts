import { ruleRowMap, ruleScores, selectRows } from '../src/decision.js';
import { LLAVA_15_7B } from '../src/geometry.js';
import { referenceKernels, type TokenKernels } from '../src/kernels.js';
import type { Method, ParameterValues, PromptContext } from '../src/method.js';
import { resolveParameters } from '../src/parameters.js';
import type { RowMap } from '../src/select/row-map.js';
import { type SignalReader, type SignalRequest, signalKey } from '../src/signal.js';
import type { Site } from '../src/site.js';
import { initialRows } from '../src/token-rows.js';

/** A prompt of `visualTokens` on LLaVA-1.5-7B's decoder, with everything else at its default. */
export function promptContext(
  visualTokens: number,
  overrides: Partial<PromptContext> = {},
): PromptContext {
  return {
    geometry: LLAVA_15_7B,
    visualTokens,
    textTokens: 25,
    otherTokens: 60,
    seed: 0,
    reference: true,
    budget: { kind: 'native' },
    ...overrides,
  };
}

/** A reader of fixed signals. */
function signalReader(values: ReadonlyMap<string, Float32Array>): SignalReader {
  return {
    get: (request: SignalRequest) => {
      const found = values.get(signalKey(request));
      if (!found) throw new Error(`the test gave no signal ${signalKey(request)}`);
      return found;
    },
  };
}

/** What one decision of a method keeps, with the scores behind it where it is a rule. */
export function decideOnce(
  method: Method,
  parameters: ParameterValues,
  context: PromptContext,
  site: Site,
  signals: ReadonlyMap<string, Float32Array>,
  kernels: TokenKernels = referenceKernels,
): { map: RowMap; scores?: Float32Array; kept: number[]; ranked?: number[] } {
  const run = method.start(resolveParameters(method, parameters, context), context);
  const reader = signalReader(signals);
  const rows = initialRows(Array.from({ length: context.visualTokens }, (_, index) => index));
  const decision = run.decide(site, { rows, signals: reader });
  if (!decision) throw new Error('the method left the rows as they are');
  if (decision.kind === 'cache-map') throw new Error('the method decided on the cache');
  if (decision.kind === 'row-map') {
    return { map: decision, kept: Array.from(decision.anchors) };
  }
  const scores = ruleScores(decision, reader);
  const selection = selectRows(decision, scores, kernels);
  const map = ruleRowMap(
    { ...decision, merge: undefined as never },
    selection,
    scores.length,
    kernels,
  );
  return {
    map,
    scores,
    kept: Array.from(selection.kept),
    ranked: Array.from(kernels.rankTokens(scores, selection.kept.length)),
  };
}
