import { clampCount } from '../select/clamp-count.js';
import { groupByNearest } from '../select/group-by-target.js';
import { nearestRows } from '../select/nearest-rows.js';
import { otherRows } from '../select/other-rows.js';
import { type RowMap, rowMap } from '../select/row-map.js';
import {
  type Attention,
  type HeadRows,
  type Matrix,
  receivedMean,
  requireCount,
  rowCount,
} from '../select/tensors.js';
import { selectTopTokens } from '../select/top-tokens.js';
import type { SelectionKernels } from '../selection-kernels.js';

/** What VisionZip looks at, in tower layer −2. Rows are CLS and the patches, or patches alone. */
export interface VisionzipSignals {
  /** float32 [heads, queries, rows]: attention of CLS; without CLS, of every patch. */
  readonly attention: Attention;
  /** float32 [heads, rows, width]: keys of the layer. One head where their mean is given. */
  readonly keys: HeadRows;
}

/** How many rows come out. */
export interface VisionzipParameters {
  /** Dominant rows, CLS included where there is one. */
  readonly dominant: number;
  /** Contextual rows; at most the rows that are not dominant. */
  readonly contextual: number;
  /** Row 0 is CLS, which is always dominant. Default true. */
  readonly classToken?: boolean;
}

/** What VisionZip keeps and merges. All indices are rows of the input. */
export interface VisionzipSelection {
  /** Dominant rows, then contextual ones. */
  readonly map: RowMap;
  /** int32, ascending. */
  readonly dominant: Int32Array;
  /** int32, ascending: rows that contextual tokens grow around. */
  readonly targets: Int32Array;
  /** int32, ascending: rows that are merged. */
  readonly merged: Int32Array;
  /** int32: index into `targets` of every merged row. */
  readonly assignment: Int32Array;
}

/**
 * Dominant and contextual rows of a tower without CLS for a share of the tokens, at least 1 each
 * (EffiVLM-Bench @ ab3ee18, `siglip_model.py`).
 */
export function visionzipCounts(
  tokens: number,
  budget: number,
): { dominant: number; contextual: number } {
  return {
    dominant: Math.max(1, Math.trunc((budget * tokens * 5.4) / 6.4)),
    contextual: Math.max(1, Math.trunc((budget * tokens) / 6.4)),
  };
}

/**
 * The dominant rows: CLS, where there is one, and the rows that get most attention.
 *
 * @returns int32, ascending
 * @throws ARGUMENT_INVALID for non-finite attention, or a count below 1 with CLS
 */
export function visionzipDominant(
  attention: Attention,
  { dominant, classToken = true }: Omit<VisionzipParameters, 'contextual'>,
): Int32Array {
  const scores = receivedMean(attention);
  const count = clampCount('dominant', dominant, scores.length, Number(classToken));
  if (!classToken) return selectTopTokens(scores, count);
  const patches = selectTopTokens(scores.subarray(1), Math.max(0, count - 1));
  return Int32Array.of(0, ...patches.map((patch) => patch + 1));
}

/** Mean over heads, float32 [rows, width]. */
function headMean({ data, heads, width }: HeadRows): Matrix {
  const length = data.length / heads;
  const mean = Float32Array.from({ length }, (_, index) => {
    let sum = 0;
    for (let head = 0; head < heads; head++) sum += data[head * length + index]!;
    return sum / heads;
  });
  return { data: mean, width };
}

/**
 * VisionZip: dominant rows by attention, the others merged around evenly spaced targets by key similarity
 * (dvlab-research/VisionZip @ 3151f6d, `clip_encoder.py`).
 *
 * A contextual row is its target plus the mean of the rows assigned to it: a sum of two, as published,
 * where the paper speaks of an average.
 *
 * @throws ARGUMENT_INVALID for non-finite values or signals that do not fit together
 */
export function visionzip(
  signals: VisionzipSignals,
  parameters: VisionzipParameters,
  kernels: Pick<SelectionKernels, 'nearestTargets'> = { nearestTargets: nearestRows },
): VisionzipSelection {
  const { attention, keys } = signals;
  const rows = rowCount('keys', keys);
  const dominant = visionzipDominant(attention, parameters);
  requireCount('attention', attention.data.length / (attention.heads * attention.rows), rows);
  const rest = otherRows(rows, dominant);
  const contextual = clampCount('contextual', parameters.contextual, rest.length);
  const step = Math.max(1, Math.floor(rest.length / contextual));
  const targets = Int32Array.from({ length: contextual }, (_, index) => rest[index * step]!);
  const merged =
    contextual === 0 ? new Int32Array(0) : rest.filter((row) => !targets.includes(row));
  const { assignment, groups } = groupByNearest(headMean(keys), merged, targets, kernels);
  const map = rowMap(rows, [
    ...Array.from(dominant, (row) => [[row, 1]] as const),
    ...groups.map((group, index) => [
      [targets[index]!, 1] as const,
      ...group.map((row) => [row, 1 / group.length] as const),
    ]),
  ]);
  return { map, dominant, targets, merged, assignment };
}
