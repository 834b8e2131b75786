import type { Cost, ParameterValues, RowContent } from '@autoprune/core';
import type { CacheDtype } from '../precision/dtype.js';

/** Why an answer ended. */
export type FinishReason = 'eos' | 'stop' | 'length' | 'aborted';

/** What was pruned and what it costs; known when the prompt has been read. */
export interface PruneReport {
  readonly method: {
    readonly name: string;
    readonly parameters: ParameterValues;
    /** Mutual information in units of 32 heads (AutoPrune). */
    readonly complexity?: number;
    /** Slope in units of 32 layers (AutoPrune). */
    readonly slope?: number;
  };
  /** Visual tokens entering and leaving each layer. */
  readonly layers: readonly {
    readonly layer: number;
    readonly entering: number;
    readonly leaving: number;
  }[];
  readonly cost: Cost;
}

/** Milliseconds of the parts of an answer. */
export interface Timings {
  readonly loadMs: number;
  /** Decoding, resizing and encoding pictures. */
  readonly visionMs: number;
  /** From the embedded prompt to the logits of the first token. */
  readonly prefillMs: number;
  /** Spent on choosing, merging and moving tokens: in the tower, before the decoder and inside it. Part of the times above. */
  readonly pruningMs: number;
  /** From the call to the first token. */
  readonly firstTokenMs: number;
  readonly decodeMs: number;
  /** Null when only one token was generated. */
  readonly decodeTokensPerSecond: number | null;
}

/** One visual row after a layer, in a picture's own token numbering. */
export type TracedRow =
  | number
  | { readonly image: number; readonly position: number }
  | { readonly merged: readonly (number | { readonly image: number; readonly position: number })[] }
  | { readonly cls: true }
  | null;

/** What `trace: true` adds. */
export interface Trace {
  readonly firstTokenLogits: readonly number[];
  /** One list a layer: what each visual row holds after it. */
  readonly kept: readonly (readonly TracedRow[])[];
}

/** A finished answer. */
export interface GenerationResult extends PruneReport {
  readonly answer: string;
  readonly finishReason: FinishReason;
  /** Without BOS, with EOS where one was generated. */
  readonly generatedIds: readonly number[];
  readonly model: {
    readonly id: string;
    readonly family: string;
    readonly dtype: string;
    /** Where it is not `fp32`. */
    readonly cacheDtype?: CacheDtype;
  };
  readonly tokens: { readonly visual: number; readonly text: number; readonly generated: number };
  readonly timings: Timings;
  /** The turn went on with the pruned cache of the first: layers and cost are those of the first prompt. */
  readonly cacheReused?: true;
  readonly trace?: Trace;
}

/** Turns row contents into the numbering of the pictures that `imageTokens` (counts, in prompt order) give. */
export function traceRows(
  rows: readonly RowContent[],
  imageTokens: readonly number[],
): readonly TracedRow[] {
  const starts: number[] = [];
  imageTokens.reduce((start, count) => {
    starts.push(start);
    return start + count;
  }, 0);
  const place = (position: number) => {
    if (imageTokens.length === 1) return position;
    const image = starts.findLastIndex((start) => start <= position);
    return { image, position: position - starts[image]! };
  };
  return rows.map((row) => {
    switch (row.kind) {
      case 'patch':
        return place(row.position);
      case 'merged':
        return { merged: row.positions.map(place) };
      case 'cls':
        return { cls: true };
      default:
        return null;
    }
  });
}
