import { randomUUID } from 'node:crypto';
import type { PruneReport } from '@autoprune/llava';
import type { AnswerPart, AnswerResult } from '../inference/protocol.js';
import type { Completion, CompletionChunk, Extension } from './response-schema.js';

/** What every event of one answer has in common. */
export interface CompletionHead {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
}

/** The head of a new answer. */
export function completionHead(model: string): CompletionHead {
  return { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model };
}

function reportOf({ method, layers, cost }: PruneReport): Extension {
  return {
    method: { ...method, parameters: { ...method.parameters } },
    layers: layers.map((layer) => ({ ...layer })),
    cost: { ...cost },
  };
}

function extensionOf(result: AnswerResult): Extension {
  const { loadMs: _, ...timings } = result.timings;
  const report = reportOf(result);
  const { kept } = result;
  return {
    ...report,
    layers: kept
      ? report.layers.map((layer, index) => ({ ...layer, kept: [...kept[index]!] }))
      : report.layers,
    tokens: result.tokens,
    timings,
  };
}

function usageOf({ tokens }: AnswerResult): Completion['usage'] {
  const { visual, text, generated } = tokens;
  return {
    prompt_tokens: visual + text,
    completion_tokens: generated,
    total_tokens: visual + text + generated,
    prompt_tokens_details: { image_tokens: visual, cached_tokens: 0 },
  };
}

const finishReasonOf = ({ finishReason }: AnswerResult): 'stop' | 'length' =>
  finishReason === 'length' ? 'length' : 'stop';

/** A whole answer. */
export function completionOf(head: CompletionHead, result: AnswerResult): Completion {
  return {
    ...head,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: result.answer, refusal: null },
        logprobs: null,
        finish_reason: finishReasonOf(result),
      },
    ],
    usage: usageOf(result),
    autoprune: extensionOf(result),
  };
}

/**
 * The events that a part of an answer becomes: the report comes first, with the role, as soon as the prompt is read; the
 * last event has the finish reason, the timings and, where asked for, the kept rows.
 *
 * @param includeUsage  `stream_options.include_usage`: one more event, without choices
 */
export function chunksOf(
  head: CompletionHead,
  part: AnswerPart,
  includeUsage: boolean,
): readonly CompletionChunk[] {
  const chunk = (
    delta: CompletionChunk['choices'][number]['delta'],
    finish_reason: 'stop' | 'length' | null = null,
  ): CompletionChunk => ({
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    ...(includeUsage ? { usage: null } : {}),
  });
  switch (part.type) {
    case 'prune-report':
      return [{ ...chunk({ role: 'assistant', content: '' }), autoprune: reportOf(part.report) }];
    case 'text-delta':
      return [chunk({ content: part.text })];
    default: {
      const { result } = part;
      const last = { ...chunk({}, finishReasonOf(result)), autoprune: extensionOf(result) };
      const usage = { ...chunk({}), choices: [], usage: usageOf(result) };
      return includeUsage ? [last, usage] : [last];
    }
  }
}
