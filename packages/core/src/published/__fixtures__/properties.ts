import fc from 'fast-check';
import { expect } from 'vitest';
import { AutopruneError } from '../../errors.js';
import { randomStream } from '../../random.js';
import type { RowMap } from '../../select/row-map.js';

/** How the values of a signal come about: by a seed, because arrays of thousands of values shrink badly. */
export interface AnySignal {
  readonly seed: number;
  readonly kind: 'any' | 'ties' | 'duplicates' | 'constant' | 'zero' | 'tiny' | 'large';
}

export const anySignal: fc.Arbitrary<AnySignal> = fc.record({
  seed: fc.nat(),
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constant('any' as const) },
    fc.constantFrom('ties', 'duplicates', 'constant', 'zero', 'tiny', 'large'),
  ),
});

/** Mostly few tokens, at times a few hundred. */
export const anyTokens = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 16 }) },
  fc.integer({ min: 1, max: 240 }),
);

/** A share of the tokens to keep, at times more than all. */
export const anyShare = fc.oneof(
  fc.constantFrom(0, 1),
  fc.double({ min: 0, max: 1.3, noNaN: true }),
);

/** Number of runs: large arrays make a run slow, so that fewer say as much. */
export const RUNS = { numRuns: 60 };

/** Features, keys or queries: float32 [rows · width]. */
export function rowsOf({ seed, kind }: AnySignal, rows: number, width: number): Float32Array {
  const random = randomStream(seed);
  const scale = kind === 'tiny' ? 1e-20 : kind === 'large' ? 1e8 : 2;
  const values = Float32Array.from({ length: rows * width }, () =>
    kind === 'ties' ? random.below(3) - 1 : (random.uniform() - 0.5) * scale,
  );
  if (kind === 'zero') values.fill(0);
  if (kind === 'constant') values.fill(0.7);
  if (kind === 'duplicates') {
    for (let row = 3; row < rows; row++) {
      const copy = random.below(4);
      if (copy === 3) values.fill(0, row * width, (row + 1) * width);
      else values.copyWithin(row * width, copy * width, (copy + 1) * width);
    }
  }
  return values;
}

/** Post-softmax attention: float32 [rows · columns], rows that sum to 1, or to 0. */
export function attentionOf(signal: AnySignal, rows: number, columns: number): Float32Array {
  const values = rowsOf(signal, rows, columns).map(Math.abs);
  for (let row = 0; row < rows; row++) {
    const part = values.subarray(row * columns, (row + 1) * columns);
    const sum = part.reduce((total, value) => total + value, 0);
    if (sum > 0) part.set(part.map((value) => value / sum));
  }
  return values;
}

/** Causal attention of the last `rows` of `columns` positions: float32 [heads · rows · columns]. */
export function causalAttentionOf(
  signal: AnySignal,
  heads: number,
  rows: number,
  columns: number,
): Float32Array {
  return attentionOf(signal, heads * rows, columns).map((value, slot) =>
    slot % columns <= columns - rows + (Math.floor(slot / columns) % rows) ? value : 0,
  );
}

function requireFiniteResult(result: unknown, path: string): void {
  if (typeof result === 'number') {
    if (!Number.isFinite(result)) throw new Error(`${path} is ${result}`);
  } else if (typeof result === 'object' && result !== null) {
    for (const [name, one] of Object.entries(result)) requireFiniteResult(one, `${path}.${name}`);
  }
}

/**
 * Runs a function on arrays, again, and on views into larger buffers: results are equal and finite, and the
 * arrays are as they were.
 */
export function pure<T>(arrays: readonly Float32Array[], run: (...arrays: Float32Array[]) => T): T {
  const before = arrays.map((array) => array.slice());
  const result = run(...arrays);
  requireFiniteResult(result, 'result');
  expect(run(...arrays)).toEqual(result);
  const views = arrays.map((array) => {
    const larger = new Float32Array(array.length + 7).fill(Number.NaN);
    larger.set(array, 3);
    return larger.subarray(3, 3 + array.length);
  });
  expect(run(...views)).toEqual(result);
  expect(arrays).toEqual(before);
  return result;
}

/** Claims that NaN and Infinity in any of the arrays are refused, with the index named. */
export function expectRefusesNonFinite(
  arrays: readonly Float32Array[],
  run: (...arrays: Float32Array[]) => unknown,
): void {
  arrays.forEach((array, which) => {
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      const index = array.length - 1;
      const broken = arrays.map((one) => one.slice());
      broken[which]![index] = bad;
      let thrown: unknown;
      try {
        run(...broken);
      } catch (error) {
        thrown = error;
      }
      expect(AutopruneError.isInstance(thrown, 'ARGUMENT_INVALID')).toBe(true);
      expect((thrown as Error).message).toContain(`[${index}] is ${bad}`);
    }
  });
}

/** Claims that `rows` are `count` different whole numbers of [0, total), ascending. */
export function expectAscending(rows: Int32Array, count: number, total: number): void {
  expect(rows.length).toBe(count);
  for (let index = 0; index < rows.length; index++) {
    if (rows[index]! <= (index === 0 ? -1 : rows[index - 1]!) || rows[index]! >= total) {
      throw new Error(`expected ascending rows below ${total} but received ${rows.join(', ')}`);
    }
  }
}

/** Claims that `rows` are `count` different whole numbers of [0, total), in any order. */
export function expectDistinct(rows: Int32Array, count: number, total: number): void {
  expectAscending(rows.slice().sort(), count, total);
}

/** Sum of the weights of an output row. */
export function weightSum(map: RowMap, row: number): number {
  return map.weights
    .subarray(map.offsets[row]!, map.offsets[row + 1]!)
    .reduce((sum, weight) => sum + weight, 0);
}

/** Claims that every input row is in exactly one output row, and that all of those are means. */
export function expectMeans(map: RowMap): void {
  expect(Array.from(map.inputs.slice().sort())).toEqual(
    Array.from({ length: map.inputRows }, (_, row) => row),
  );
  for (let row = 0; row < map.outputRows; row++) {
    expect(Math.abs(weightSum(map, row) - 1)).toBeLessThan(1e-5);
  }
}
