import { requireNumber } from '../errors.js';
import { clampCount } from '../select/clamp-count.js';
import { groupByNearest } from '../select/group-by-target.js';
import { nearestRows } from '../select/nearest-rows.js';
import { otherRows } from '../select/other-rows.js';
import { type RowMap, rowMap } from '../select/row-map.js';
import {
  type Attention,
  type Matrix,
  receivedMean,
  requireCount,
  rowCount,
} from '../select/tensors.js';
import { rankTokens } from '../select/top-tokens.js';
import type { SelectionKernels } from '../selection-kernels.js';

/** What the vision stage of VScan looks at. */
export interface VscanSignals {
  /** float32 [tokens, width]: projected features. */
  readonly features: Matrix;
  /** float32 [heads, 1, tokens]: CLS attention of a shallow tower layer (index 5 of 24). */
  readonly shallow: Attention;
  /** float32 [heads, 1, tokens]: CLS attention of tower layer −2. */
  readonly deep: Attention;
}

/** How many tokens stay, and how the picture is cut into windows. */
export interface VscanParameters {
  readonly keep: number;
  /** Patches in a row of the picture. Default 24. */
  readonly columns?: number;
  /** Patches on a side of a window. Default 6. */
  readonly window?: number;
  /** Share of `keep` that is shared out over the windows. Default 0.5. */
  readonly localRatio?: number;
  /** Whether deep attention picks what the windows could not share out, so that `keep` stay. Default false. */
  readonly fill?: boolean;
}

/** What the vision stage keeps. */
export interface VscanSelection {
  /** Kept tokens, ascending, each the mean of itself and the dropped tokens nearest to it. */
  readonly map: RowMap;
  /** int32, ascending. */
  readonly kept: Int32Array;
  /** int32: picks of the windows, window by window, best first. */
  readonly local: Int32Array;
  /** int32: picks by deep attention, best first. */
  readonly global: Int32Array;
}

/** Tokens of every window of a picture of `columns` tokens across, row by row: int32 [tokens of the window] each. */
export function windowsOf(tokens: number, columns: number, side: number): Int32Array[] {
  const across = Math.ceil(columns / side);
  const windows: number[][] = Array.from(
    { length: across * Math.ceil(tokens / columns / side) },
    () => [],
  );
  for (let token = 0; token < tokens; token++) {
    const row = Math.floor(token / columns / side);
    windows[row * across + Math.floor((token % columns) / side)]!.push(token);
  }
  return windows.map((window) => Int32Array.from(window));
}

/**
 * Vision stage of VScan: the best tokens of every window by shallow attention, as many more by deep
 * attention, and the rest averaged into the nearest of them (Tencent/SelfEvolvingAgent @ a82450e,
 * `VScan/llava/model/llava_arch.py`).
 *
 * Windows get equal whole numbers, so fewer than `keep` tokens stay where half of it does not divide by
 * the number of windows (100 keeps 98), as published; `fill` keeps them all.
 *
 * @throws ARGUMENT_INVALID for non-finite values or signals that do not fit together
 */
export function vscan(
  { features, shallow, deep }: VscanSignals,
  { keep, columns = 24, window = 6, localRatio = 0.5, fill = false }: VscanParameters,
  kernels: Pick<SelectionKernels, 'nearestTargets'> = { nearestTargets: nearestRows },
): VscanSelection {
  const tokens = rowCount('features', features);
  const shallowScores = receivedMean(shallow);
  const deepScores = receivedMean(deep);
  requireCount('shallow attention', shallowScores.length, tokens);
  requireCount('deep attention', deepScores.length, tokens);
  requireNumber('columns', columns, { min: 1, integer: true });
  requireNumber('rows', tokens / columns, { integer: true });
  requireNumber('window', window, { min: 1, integer: true });
  requireNumber('localRatio', localRatio, { min: 0, max: 1 });
  const count = clampCount('keep', keep, tokens);
  const windows = windowsOf(tokens, columns, window);
  const localCount = Math.trunc(count * localRatio);
  const share = Math.floor(localCount / Math.max(1, windows.length));
  const best = (scores: Float32Array, among: Int32Array, most: number): Int32Array =>
    rankTokens(
      Float32Array.from(among, (token) => scores[token]!),
      Math.min(most, among.length),
    ).map((index) => among[index]!);
  const local = Int32Array.from(
    windows.flatMap((members) => Array.from(best(shallowScores, members, share))),
  );
  const picked = fill ? local.length : localCount;
  const global = best(deepScores, otherRows(tokens, local), count - picked);
  const kept = Int32Array.of(...local, ...global).sort();
  const { groups } = groupByNearest(features, otherRows(tokens, kept), kept, kernels);
  const map = rowMap(
    tokens,
    groups.map((group, index) =>
      [kept[index]!, ...group].map((token) => [token, 1 / (group.length + 1)] as const),
    ),
  );
  return { map, kept, local, global };
}
