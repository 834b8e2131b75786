import type { SelectionKernels } from '../selection-kernels.js';
import type { Matrix } from './tensors.js';

/**
 * Rows that go to each target.
 *
 * @param nearest  int32 [rows.length]: index of the target of each row
 * @returns a list a target, in the order of `rows`
 */
export function groupByTarget(
  rows: Int32Array,
  nearest: Int32Array,
  targets: Int32Array,
): number[][] {
  const groups: number[][] = Array.from(targets, () => []);
  nearest.forEach((target, index) => {
    groups[target]!.push(rows[index]!);
  });
  return groups;
}

/**
 * Rows that are most similar to each target. Kernels refuse to choose of no targets: here no row is assigned then.
 *
 * @param tokens  float32 [n, width]
 * @param rows  int32: row numbers of tokens
 * @param targets  int32: row numbers of tokens
 * @returns `assignment` int32 [rows.length], indices into `targets`; `groups` a list of rows a target
 */
export function groupByNearest(
  { data, width }: Matrix,
  rows: Int32Array,
  targets: Int32Array,
  kernels: Pick<SelectionKernels, 'nearestTargets'>,
): { assignment: Int32Array; groups: number[][] } {
  const assignment =
    rows.length === 0 || targets.length === 0
      ? new Int32Array(0)
      : kernels.nearestTargets(data, width, rows, targets).nearest;
  return { assignment, groups: groupByTarget(rows, assignment, targets) };
}
