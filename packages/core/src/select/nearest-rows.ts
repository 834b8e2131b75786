import { requireNumber } from '../errors.js';
import { cosines } from './cosine.js';
import { nearestTargets } from './nearest-target.js';
import { rowCount } from './tensors.js';

/** The target that each row is most similar to. */
export interface NearestTargets {
  /** int32 [rows], indices into the targets; ties keep the earlier target. */
  readonly nearest: Int32Array;
  /** float32 [rows]: its cosine. */
  readonly similarity: Float32Array;
}

/** For each of `rows` the most similar of `targets`, both row numbers of tokens [n, width]. */
export function nearestRows(
  tokens: Float32Array,
  width: number,
  rows: Int32Array,
  targets: Int32Array,
): NearestTargets {
  const total = rowCount('tokens', { data: tokens, width });
  requireNumber('number of targets', targets.length, { min: 1 });
  for (const row of [...rows, ...targets]) requireNumber('row', row, { min: 0, max: total - 1 });
  const cosine = cosines({ data: tokens, width });
  const nearest = nearestTargets(cosine, rows, targets);
  const similarity = Float32Array.from(rows, (row, i) => cosine(row, targets[nearest[i]!]!));
  return { nearest, similarity };
}
