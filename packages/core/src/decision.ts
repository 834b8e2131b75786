import { AutopruneError } from './errors.js';
import type { TokenKernels } from './kernels.js';
import { keepRows, type RowMap, rowMap } from './select/row-map.js';
import type { SignalReader, SignalRequest } from './signal.js';

/** One term of a score: `weight · signal`, or `weight · sum(scaledBy) · signal`. */
export interface ScoreTerm {
  /** A signal with one value a visual row. */
  readonly signal: SignalRequest;
  /** Default 1. */
  readonly weight?: number;
  /** A signal whose sum multiplies the term, such as a mutual information per head. */
  readonly scaledBy?: SignalRequest;
}

/** Density-peak merge of the best of the dropped rows (core's `densityPeaks`). */
export interface DensityPeakMerge {
  readonly kind: 'density-peaks';
  /** Rows that enter the merge: the `pool` best-scored of the dropped. */
  readonly pool: number;
  /** Merged rows that come out, in descending delta × density, placed after the kept rows. */
  readonly clusters: number;
  /** float32 [pool] of U[0, 1), where a test feeds recorded noise. Default none. */
  readonly noise?: Float32Array;
}

/**
 * A declarative decision: keep the `keep` best rows by score. A backend may evaluate it where the data
 * lives; {@link selectRows} and {@link ruleRowMap} evaluate it on plain arrays.
 */
export interface Rule {
  readonly kind: 'rule';
  readonly score: readonly ScoreTerm[];
  /** Rows kept, at most those present. */
  readonly keep: number;
  /** Order of the kept rows: as they stand, or best first. */
  readonly order: 'spatial' | 'score';
  readonly merge?: DensityPeakMerge;
}

/** What a method decides at a site: a rule, or the general form. */
export type Decision = Rule | RowMap;

/** Rows that a rule keeps and rows that its merge reads; rows in neither are dropped. */
export interface Selection {
  /** int32, in output order. */
  readonly kept: Int32Array;
  /** int32, best-scored dropped rows first. */
  readonly pool: Int32Array;
}

/** Scores of a rule, float32 [rows]: the sum of its terms, accumulated in float32 in the order given. */
export function ruleScores(rule: Rule, signals: SignalReader): Float32Array {
  let scores: Float32Array | undefined;
  for (const { signal, weight = 1, scaledBy } of rule.score) {
    const factor = scaledBy
      ? weight * signals.get(scaledBy).reduce((sum, value) => sum + value, 0)
      : weight;
    const values = signals.get(signal);
    scores ??= new Float32Array(values.length);
    if (values.length !== scores.length) {
      throw new AutopruneError(
        'ARGUMENT_INVALID',
        `Expected ${scores.length} values of signal ${signal.kind} but received ${values.length}`,
        { signal },
      );
    }
    for (let row = 0; row < values.length; row++) {
      scores[row]! += Math.fround(factor * values[row]!);
    }
  }
  return scores ?? new Float32Array(0);
}

/**
 * The rows that a rule keeps, and the pool of its merge.
 *
 * @param scores  float32 [rows], finite; of {@link ruleScores}
 */
export function selectRows(rule: Rule, scores: Float32Array, kernels: TokenKernels): Selection {
  const keep = Math.min(rule.keep, scores.length);
  const kept =
    rule.order === 'spatial'
      ? kernels.selectTopTokens(scores, keep)
      : kernels.rankTokens(scores, keep);
  const poolSize = rule.merge ? Math.min(rule.merge.pool, scores.length - keep) : 0;
  if (poolSize === 0) return { kept, pool: new Int32Array(0) };
  const ranked = kernels.rankTokens(scores, keep + poolSize);
  return { kept, pool: ranked.slice(keep) };
}

/** Guard of the mean in the published merge: members / (count + 1e-6). */
const MEAN_EPSILON = 1e-6;

/**
 * The row map of a rule whose rows are selected.
 *
 * @param rows  visual rows before the cut
 * @param pool  float32 [selection.pool.length, width]: outputs of the layer at the pool rows; needed only
 *   when the rule merges
 */
export function ruleRowMap(
  rule: Rule,
  selection: Selection,
  rows: number,
  kernels: TokenKernels,
  pool?: { readonly hidden: Float32Array; readonly width: number },
): RowMap {
  const { merge } = rule;
  if (!merge || selection.pool.length === 0) return keepRows(rows, selection.kept);
  if (!pool) {
    throw new AutopruneError(
      'SIGNAL_MISSING',
      'A merging rule needs the hidden states of its pool rows',
    );
  }
  const clusters = Math.min(merge.clusters, selection.pool.length);
  const { assignment } = kernels.densityPeaks(pool.hidden, pool.width, clusters, merge.noise);
  const members: number[][] = Array.from({ length: clusters }, () => []);
  assignment.forEach((cluster, index) => {
    members[cluster]!.push(selection.pool[index]!);
  });
  return rowMap(rows, [
    ...Array.from(selection.kept, (row) => [[row, 1]] as const),
    ...members.map((group) =>
      group.map((row) => [row, Math.fround(1 / Math.fround(group.length + MEAN_EPSILON))] as const),
    ),
  ]);
}
