import { requireNumber } from '../errors.js';
import { type CacheSignals, cacheLength, receivedSums } from '../select/cache-attention.js';
import { importancePerHead, keepImportant } from '../select/cache-selection.js';
import { cosines } from '../select/cosine.js';
import { groupByTarget } from '../select/group-by-target.js';
import { nearestTargets } from '../select/nearest-target.js';
import { otherRows } from '../select/other-rows.js';
import { keepRows, type RowMap, rowMap } from '../select/row-map.js';

/** How much of a cache stays, and where the picture is. */
export interface KvLookmParameters {
  /** Share of the positions. */
  readonly budget: number;
  /** Positions [start, end) of the picture; the rest is text. */
  readonly image: readonly [start: number, end: number];
  /** Merge what is dropped into what is kept. Default true. */
  readonly merge?: boolean;
}

/** What LOOK-M keeps; one entry a key/value head. */
export interface KvLookmSelection {
  /** int32, ascending. */
  readonly kept: readonly Int32Array[];
  /** Rows of keys and of values alike. */
  readonly maps: readonly RowMap[];
  /** int32, ascending; merged or gone. */
  readonly dropped: readonly Int32Array[];
  /** int32: index into `kept` that each dropped position is merged into; empty without merging. */
  readonly targets: readonly Int32Array[];
  /** float32 [positions]: mean over its query heads of the attention received, before the penalty. */
  readonly importance: readonly Float32Array[];
}

/** Taken off the importance of picture positions, so that text stays first. */
const IMAGE_PENALTY = 10000;

/** Heavy hitters and recent positions that a budget keeps: 90 % and 10 % of it, at least 1 each. */
export function lookmCounts(
  positions: number,
  budget: number,
): { hitters: number; recent: number } {
  requireNumber('budget', budget, { min: 0 });
  return {
    hitters: Math.max(1, Math.trunc(positions * budget * 0.9)),
    recent: Math.max(1, Math.trunc(positions * budget * 0.1)),
  };
}

/** Kept positions and the halves of the dropped ones that are merged into them, averaged. */
function mergeMap(
  positions: number,
  kept: Int32Array,
  dropped: Int32Array,
  targets: Int32Array,
): RowMap {
  // The mean of a kept row k and of the midpoints (k + d) / 2 of k with every row d merged into it.
  return rowMap(
    positions,
    groupByTarget(dropped, targets, kept).map((group, index) => {
      const share = 1 / (1 + group.length);
      return [
        [kept[index]!, (1 + group.length / 2) * share] as const,
        ...group.map((row) => [row, share / 2] as const),
      ];
    }),
  );
}

/**
 * LOOK-M in EffiVLM-Bench: heavy hitters of the text first, then of the picture, and recent positions; every
 * dropped key is merged into the kept key most like it, and its value along with it (@ ab3ee18,
 * `kv_cache_utils.py`; written from the description).
 *
 * The penalty of picture positions is taken off in float32, which rounds their importance to multiples of
 * 1/1024, as published. The published code rounds merged rows to bfloat16: apply `roundToBfloat16` to
 * what the maps give, where that is wanted.
 *
 * @param signals  queries of the whole prompt
 * @throws ARGUMENT_INVALID for non-finite values, shapes that do not fit, or a parameter out of range
 */
export function kvLookm(signals: CacheSignals, parameters: KvLookmParameters): KvLookmSelection {
  const { budget, image, merge = true } = parameters;
  const [start, end] = image;
  const positions = cacheLength(signals, Infinity);
  requireNumber('image start', start, { min: 0, max: positions, integer: true });
  requireNumber('image end', end, { min: start, max: positions, integer: true });
  const { queries, keys } = signals;
  const { hitters, recent } = lookmCounts(positions, budget);
  const group = queries.heads / keys.heads;
  const importance = importancePerHead(
    receivedSums(signals, positions),
    queries.heads,
    keys.heads,
    positions,
    true,
  ).map((sums) => sums.map((sum) => sum / group));
  const whole = positions <= hitters + recent;
  const penalised = importance.map((row) =>
    row
      .subarray(0, positions - Math.min(recent, positions))
      .map((value, position) =>
        position >= start && position < end ? value - IMAGE_PENALTY : value,
      ),
  );
  const { kept } = keepImportant(penalised, whole ? positions : hitters, positions);
  const dropped = kept.map((rows) => otherRows(positions, rows));
  const { width } = keys;
  const targets = kept.map((rows, head) => {
    if (!merge) return new Int32Array(0);
    const first = head * positions * width;
    const data = keys.data.subarray(first, first + positions * width);
    return nearestTargets(cosines({ data, width }), dropped[head]!, rows);
  });
  const maps = kept.map((rows, head) =>
    merge ? mergeMap(positions, rows, dropped[head]!, targets[head]!) : keepRows(positions, rows),
  );
  return { kept, maps, dropped, targets, importance };
}
