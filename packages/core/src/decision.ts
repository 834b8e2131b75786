import { AutopruneError, requireNumber } from './errors.js';
import type { TokenKernels } from './kernels.js';
import type { BudgetScope } from './schedule/budget.js';
import { keepRows, type RowMap, rowMap } from './select/row-map.js';
import { bestRows } from './select/select-rows.js';
import type { SignalReader, SignalRequest } from './signal.js';
import type { TokenRows } from './token-rows.js';

/** One term of a score: `weight · signal`, or `weight · sum(scaledBy) · signal`. */
export interface SignalTerm {
  /** A signal with one value a visual row. */
  readonly signal: SignalRequest;
  /** Default 1. */
  readonly weight?: number;
  /** A signal whose sum multiplies the term, such as a mutual information per head. */
  readonly scaledBy?: SignalRequest;
}

/** A term that the method has computed itself: float32 [rows]. */
export interface ValueTerm {
  readonly values: Float32Array;
}

/** One term of a score. */
export type ScoreTerm = SignalTerm | ValueTerm;

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
  /** What `keep` is split over. Default `total`; a pruner fills in the scope of its budget. */
  readonly scope?: BudgetScope;
  readonly merge?: DensityPeakMerge;
}

/** What becomes of a key/value cache: keys and values alike, in row order. Positions stay in the keys. */
export interface CacheMap {
  readonly kind: 'cache-map';
  /** One list a layer, one map a key/value head; all heads of a layer put out equally many rows. */
  readonly layers: readonly (readonly RowMap[])[];
}

/** What a method decides at a site: a rule, or the general form; at `cache` sites a cache map. */
export type Decision = Rule | RowMap | CacheMap;

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
  for (const term of rule.score) {
    const given = 'values' in term;
    let factor = given ? 1 : (term.weight ?? 1);
    if (!given && term.scaledBy) {
      factor *= signals.get(term.scaledBy).reduce((sum, value) => sum + value, 0);
    }
    const values = given ? term.values : signals.get(term.signal);
    scores ??= new Float32Array(values.length);
    requireNumber('values of a score', values.length, { min: scores.length, max: scores.length });
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
 * @param rows  the visual rows, where the rule has a scope or pictures have row ends
 */
export function selectRows(
  rule: Rule,
  scores: Float32Array,
  kernels: TokenKernels,
  rows?: TokenRows,
): Selection {
  const { scope = 'total', merge, order } = rule;
  const keep = Math.min(rule.keep, scores.length);
  const poolSize = merge ? Math.min(merge.pool, scores.length - keep) : 0;
  const structured =
    rows?.contents.some((content) => content.kind === 'patch' && content.place?.endsRow) ||
    scope !== 'total';
  if (!rows || !structured) {
    const ranked = kernels.rankTokens(scores, keep + poolSize);
    const kept = ranked.slice(0, keep);
    return { kept: order === 'spatial' ? kept.sort() : kept, pool: ranked.slice(keep) };
  }
  const ranked = kernels.rankTokens(scores, scores.length);
  const best = bestRows(ranked, keep, rows, scope);
  const chosen = new Set(best);
  const pool = ranked.filter((row) => !chosen.has(row)).subarray(0, poolSize);
  return { kept: order === 'spatial' ? best.slice().sort() : best, pool };
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
    throw new AutopruneError('SIGNAL_MISSING', 'A merge needs the hidden states of its pool');
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
