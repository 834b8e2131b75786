import { isKeptRow, type RowMap } from '@autoprune/core';

/** One row of a sequence: a text token, or a visual row by its index among the visual rows. */
interface SequenceRow {
  /** Position of the row in the prompt before any cut; for a merged row that of its anchor. */
  readonly position: number;
  /** Index among the visual rows, or −1 for text. */
  readonly visual: number;
}

/**
 * Which rows of a sequence are visual, and what a row map of the visual rows does to the whole sequence.
 *
 * Kept rows stay where they are between the text. Rows that a method makes (merged ones), and all rows of a
 * method that orders by score, go behind the last visual row, before the text that follows the pictures.
 */
export class SequenceLayout {
  private constructor(private readonly rows: readonly SequenceRow[]) {}

  /** A fresh prompt: `visual[i]` says whether row i is a visual token. */
  static of(visual: readonly boolean[]): SequenceLayout {
    let next = 0;
    return new SequenceLayout(
      visual.map((is, position) => ({ position, visual: is ? next++ : -1 })),
    );
  }

  get length(): number {
    return this.rows.length;
  }

  /** int32: rows of the sequence that are visual, in the order of the visual rows. */
  visualRows(): Int32Array {
    const out = new Int32Array(this.rows.filter(({ visual }) => visual >= 0).length);
    this.rows.forEach(({ visual }, row) => {
      if (visual >= 0) out[visual] = row;
    });
    return out;
  }

  /** Whether each row is visual. */
  visualMask(): boolean[] {
    return this.rows.map(({ visual }) => visual >= 0);
  }

  /** Rows after the last visual row; the whole sequence when there is none. */
  textAfter(): number {
    const last = this.rows.findLastIndex(({ visual }) => visual >= 0);
    return this.rows.length - 1 - last;
  }

  /** int32 [rows]: positions of the prompt, for methods that keep them. */
  promptPositions(): Int32Array {
    return Int32Array.from(this.rows, ({ position }) => position);
  }

  /**
   * Applies a row map of the visual rows.
   *
   * @returns the new layout, and the same map over all rows of the sequence
   */
  apply(map: RowMap): { readonly layout: SequenceLayout; readonly sequenceMap: RowMap } {
    const visualRows = this.visualRows();
    const placed = placeRows(map);
    const lastVisual = this.rows.findLastIndex(({ visual }) => visual >= 0);
    const order: { row: number; output: number }[] = [];
    this.rows.forEach(({ visual }, row) => {
      if (visual < 0) order.push({ row, output: -1 });
      else if (placed.inPlace.has(visual)) {
        order.push({ row, output: placed.inPlace.get(visual)! });
      }
      if (row === lastVisual) {
        for (const output of placed.behind) order.push({ row: -1, output });
      }
    });
    const rows = order.map(({ row, output }) => {
      if (output < 0) return this.rows[row]!;
      const anchor = map.anchors[output]!;
      const position = anchor < 0 ? -1 : this.rows[visualRows[anchor]!]!.position;
      return { position, visual: output };
    });
    const offsets = new Int32Array(order.length + 1);
    const inputs: number[] = [];
    const weights: number[] = [];
    order.forEach(({ row, output }, index) => {
      if (output < 0) {
        inputs.push(row);
        weights.push(1);
      } else {
        for (let entry = map.offsets[output]!; entry < map.offsets[output + 1]!; entry++) {
          inputs.push(visualRows[map.inputs[entry]!]!);
          weights.push(map.weights[entry]!);
        }
      }
      offsets[index + 1] = inputs.length;
    });
    return {
      layout: new SequenceLayout(rows),
      sequenceMap: {
        kind: 'row-map',
        inputRows: this.rows.length,
        outputRows: order.length,
        offsets,
        inputs: Int32Array.from(inputs),
        weights: Float32Array.from(weights),
        anchors: Int32Array.from(order, ({ row, output }) =>
          output < 0 ? row : (visualRows[map.anchors[output]!] ?? -1),
        ),
      },
    };
  }
}

/** Output rows that stay where their one input row stands, and those that go behind the visual rows. */
function placeRows(map: RowMap): { inPlace: Map<number, number>; behind: number[] } {
  const inPlace = new Map<number, number>();
  const behind: number[] = [];
  const kept: number[] = [];
  for (let row = 0; row < map.outputRows; row++) {
    if (isKeptRow(map, row)) kept.push(map.inputs[map.offsets[row]!]!);
  }
  const spatial = kept.every((input, index) => index === 0 || input > kept[index - 1]!);
  for (let row = 0; row < map.outputRows; row++) {
    if (spatial && isKeptRow(map, row)) inPlace.set(map.inputs[map.offsets[row]!]!, row);
    else behind.push(row);
  }
  return { inPlace, behind };
}

/** The part of a sequence map that remains when only `live` rows (ascending) of its input exist. */
export function restrictMap(map: RowMap, live: Int32Array): RowMap {
  const index = new Int32Array(map.inputRows).fill(-1);
  live.forEach((row, position) => {
    index[row] = position;
  });
  return {
    ...map,
    inputRows: live.length,
    inputs: map.inputs.map((input) => index[input]!),
    anchors: map.anchors.map((anchor) => (anchor < 0 ? -1 : index[anchor]!)),
  };
}

/** True when a map changes nothing. */
export function isIdentity(map: RowMap): boolean {
  if (map.inputRows !== map.outputRows) return false;
  for (let row = 0; row < map.outputRows; row++) {
    if (!isKeptRow(map, row) || map.inputs[map.offsets[row]!] !== row) return false;
  }
  return true;
}
