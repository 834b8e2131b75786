import { requireNumber } from '@autoprune/core';
import { type Decoded, DecodeLoop } from './decode-loop.js';
import { decodingCache } from './decoding-cache.js';
import type { GenerateOptions } from './generate-options.js';
import type { GenerationPart } from './generation.js';
import type { ModelContext } from './model-context.js';
import { type ReadPrompt, readPrompt } from './read-prompt.js';
import { type GenerationResult, traceRows } from './result.js';

const DEFAULT_NEW_TOKENS = 128;

/** Generates from the logits of a prompt whose rows are in the caches. */
export function decodeAnswer(
  model: ModelContext,
  options: GenerateOptions,
  prompt: Pick<ReadPrompt, 'sequence' | 'pruner' | 'length' | 'logits' | 'cacheRows'>,
  emit: (part: GenerationPart) => void,
  signal: AbortSignal,
): Promise<Decoded> {
  const { maxNewTokens = DEFAULT_NEW_TOKENS, template = model.template } = options;
  const room = model.files.config.decoder.maxPositions - prompt.length;
  const loop = new DecodeLoop(model, prompt.sequence, {
    sampling: options,
    stop: [...template.stopStrings, ...(options.stop ?? [])],
    limit: Math.min(maxNewTokens, room),
    renumber: prompt.pruner.positions === 'renumber',
    promptLength: prompt.length,
    cache: decodingCache(model.backend, prompt),
    signal,
    onAbort: options.onAbort ?? 'throw',
    emit: (text) => emit({ type: 'text-delta', text }),
  });
  return loop.run(prompt.logits);
}

/** The result of a prompt and its answer. */
export function resultOf(
  model: ModelContext,
  options: GenerateOptions,
  prompt: ReadPrompt,
  decoded: Decoded,
  started: number,
): GenerationResult {
  const { generatedIds, firstTokenAt } = decoded;
  const decodeMs = performance.now() - firstTokenAt;
  const later = generatedIds.length - 1;
  const { id, family, dtype, cacheDtype, loadMs } = model.info;
  return {
    answer: decoded.text,
    finishReason: decoded.finishReason,
    generatedIds,
    model: { id, family, dtype, ...(cacheDtype === 'fp32' ? {} : { cacheDtype }) },
    method: prompt.report.method,
    tokens: {
      visual: prompt.pictureTokens.reduce((sum, count) => sum + count, 0),
      text: prompt.otherTokens,
      generated: generatedIds.length,
    },
    layers: prompt.report.layers,
    cost: prompt.report.cost,
    timings: {
      loadMs,
      visionMs: prompt.visionMs,
      prefillMs: prompt.prefillMs,
      pruningMs: prompt.pruningMs,
      firstTokenMs: firstTokenAt - started,
      decodeMs,
      decodeTokensPerSecond: later > 0 ? (1000 * later) / decodeMs : null,
    },
    ...(options.trace
      ? {
          trace: {
            firstTokenLogits: Array.from(prompt.logits),
            kept: prompt.pruner
              .history()
              .map((contents) => traceRows(contents, prompt.pictureTokens)),
          },
        }
      : {}),
  };
}

/** @internal Checks what can be checked before any work. */
export function requireGenerateOptions({
  maxNewTokens = DEFAULT_NEW_TOKENS,
}: GenerateOptions): void {
  requireNumber('maxNewTokens', maxNewTokens, { min: 1, integer: true });
}

/** @internal The whole way from a question to its answer. */
export async function answer(
  model: ModelContext,
  options: GenerateOptions,
  emit: (part: GenerationPart) => void,
  signal: AbortSignal,
): Promise<GenerationResult> {
  const started = performance.now();
  requireGenerateOptions(options);
  const prompt = await readPrompt(model, options, signal);
  try {
    emit({ type: 'prune-report', report: prompt.report });
    const decoded = await decodeAnswer(model, options, prompt, emit, signal);
    const result = resultOf(model, options, prompt, decoded, started);
    emit({ type: 'finish', result });
    return result;
  } finally {
    model.backend.close(prompt.sequence);
  }
}
