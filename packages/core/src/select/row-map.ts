import { AutopruneError } from '../errors.js';

/**
 * The general form of a decision: output rows *in order*, each a weighted sum of input rows, in
 * compressed-row form. An output row without inputs is a zero row.
 *
 * Output row r sums `weights[e] · input[inputs[e]]` for e in [offsets[r], offsets[r + 1]).
 */
export interface RowMap {
  readonly kind: 'row-map';
  readonly inputRows: number;
  readonly outputRows: number;
  /** int32 [outputRows + 1], from 0, not falling. */
  readonly offsets: Int32Array;
  /** int32 [entries], in [0, inputRows). */
  readonly inputs: Int32Array;
  /** float32 [entries]. */
  readonly weights: Float32Array;
  /**
   * int32 [outputRows]: the input row whose position each output row takes, or -1 for none. Read only
   * where the method keeps positions; a renumbering method gets new ones.
   */
  readonly anchors: Int32Array;
}

/** True when output row `row` is one input row, unchanged. */
export function isKeptRow(map: RowMap, row: number): boolean {
  const start = map.offsets[row]!;
  return map.offsets[row + 1]! - start === 1 && map.weights[start] === 1;
}

/** A map that keeps `rows` (in the given order) of `inputRows` and drops the rest. */
export function keepRows(inputRows: number, rows: ArrayLike<number>): RowMap {
  const kept = Int32Array.from(rows);
  return {
    kind: 'row-map',
    inputRows,
    outputRows: kept.length,
    offsets: Int32Array.from({ length: kept.length + 1 }, (_, index) => index),
    inputs: kept,
    weights: new Float32Array(kept.length).fill(1),
    anchors: kept,
  };
}

/**
 * A map from lists of (input row, weight). The position of an output row is that of its first entry.
 *
 * @throws ARGUMENT_INVALID when a row is outside [0, inputRows) or a weight is not finite
 */
export function rowMap(
  inputRows: number,
  rows: readonly (readonly (readonly [input: number, weight: number])[])[],
): RowMap {
  const entries = rows.flat();
  for (const [input, weight] of entries) {
    if (!Number.isInteger(input) || input < 0 || input >= inputRows || !Number.isFinite(weight)) {
      throw new AutopruneError(
        'ARGUMENT_INVALID',
        `Expected entries with a row in [0, ${inputRows}) and a finite weight but received (${input}, ${weight})`,
        { input, weight, inputRows },
      );
    }
  }
  const offsets = new Int32Array(rows.length + 1);
  rows.forEach((row, index) => {
    offsets[index + 1] = offsets[index]! + row.length;
  });
  return {
    kind: 'row-map',
    inputRows,
    outputRows: rows.length,
    offsets,
    inputs: Int32Array.from(entries, ([input]) => input),
    weights: Float32Array.from(entries, ([, weight]) => weight),
    anchors: Int32Array.from(rows, (row) => row[0]?.[0] ?? -1),
  };
}

/** The (input row, weight) entries of an output row. */
export function rowEntries(map: RowMap, row: number): [input: number, weight: number][] {
  const start = map.offsets[row]!;
  const { inputs, weights } = map;
  return Array.from(inputs.subarray(start, map.offsets[row + 1]!), (input, index) => [
    input,
    weights[start + index]!,
  ]);
}

/** The map that makes only the output rows `rows` of another, in the given order. */
export function pickOutputs(map: RowMap, rows: readonly number[]): RowMap {
  return {
    ...rowMap(
      map.inputRows,
      rows.map((row) => rowEntries(map, row)),
    ),
    anchors: Int32Array.from(rows, (row) => map.anchors[row]!),
  };
}

function requireRows(source: Float32Array, width: number, rows: number, name: string): void {
  if (source.length !== rows * width) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `Expected ${rows} rows × ${width} values for ${name} but received ${source.length} values`,
      { rows, width, length: source.length },
    );
  }
}

/**
 * Copies rows.
 *
 * @param source  float32 [n, width]; read only
 * @param rows  int32 [k], each in [0, n)
 * @returns float32 [k, width]
 */
export function gatherRows(source: Float32Array, width: number, rows: Int32Array): Float32Array {
  const out = new Float32Array(rows.length * width);
  for (let index = 0; index < rows.length; index++) {
    const start = rows[index]! * width;
    out.set(source.subarray(start, start + width), index * width);
  }
  return out;
}

/**
 * Applies a row map.
 *
 * @param source  float32 [map.inputRows, width]; read only
 * @returns float32 [map.outputRows, width]; sums are accumulated in entry order, in float32
 */
export function mapRows(source: Float32Array, width: number, map: RowMap): Float32Array {
  requireRows(source, width, map.inputRows, 'source');
  const out = new Float32Array(map.outputRows * width);
  for (let row = 0; row < map.outputRows; row++) {
    const target = row * width;
    const kept = isKeptRow(map, row);
    for (const [input, weight] of rowEntries(map, row)) {
      const start = input * width;
      if (kept) out.set(source.subarray(start, start + width), target);
      else {
        for (let channel = 0; channel < width; channel++) {
          out[target + channel]! += Math.fround(source[start + channel]! * weight);
        }
      }
    }
  }
  return out;
}
