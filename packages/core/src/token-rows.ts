import { isKeptRow, type RowMap } from './select/row-map.js';

/** Where a visual token stands among pictures and tiles. */
export interface TokenPlace {
  /** Picture of the prompt, from 0. */
  readonly image: number;
  /** Tile of the picture, from 0. */
  readonly tile: number;
  /** For a token that ends a row of the picture (LLaVA-NeXT's newline): the tokens of that row, [start, end). */
  readonly endsRow?: readonly [start: number, end: number];
}

/** What one visual row holds. */
export type RowContent =
  | { readonly kind: 'patch'; readonly position: number; readonly place?: TokenPlace }
  | { readonly kind: 'merged'; readonly positions: readonly number[] }
  | { readonly kind: 'cls'; readonly place?: TokenPlace }
  | { readonly kind: 'zero' };

/**
 * The visual rows of one prompt as they go through the decoder: what each holds, where it stands, how
 * many tokens it stands for, and its saliency. Every row map is applied to these too, which is what lets
 * methods compose and overlays be drawn.
 */
export interface TokenRows {
  /** In the union numbering of all pictures: 0 … N − 1 in prompt order. */
  readonly contents: readonly RowContent[];
  /** float32 [rows]: how many original tokens a row stands for. */
  readonly sizes: Float32Array;
  /** int32 [rows]: position of each row in the prompt before any cut. */
  readonly positions: Int32Array;
  /** float32 [rows]: attention that each row gets in the tower, where a method asked for it. */
  readonly saliency?: Float32Array;
}

/** Rows of an untouched prompt whose visual tokens stand at `positions`. */
export function initialRows(
  positions: ArrayLike<number>,
  options: {
    readonly saliency?: Float32Array | undefined;
    readonly places?: readonly TokenPlace[] | undefined;
  } = {},
): TokenRows {
  const { saliency, places } = options;
  return {
    contents: Array.from(positions, (_, position) => {
      const place = places?.[position];
      return { kind: 'patch' as const, position, ...(place ? { place } : {}) };
    }),
    sizes: new Float32Array(positions.length).fill(1),
    positions: Int32Array.from(positions),
    ...(saliency ? { saliency } : {}),
  };
}

function positionsIn(content: RowContent): readonly number[] {
  if (content.kind === 'patch') return [content.position];
  return content.kind === 'merged' ? content.positions : [];
}

/** The rows after a row map. Saliency of a merged row is the weighted mean of its parts; sizes add up. */
export function mapTokenRows(rows: TokenRows, map: RowMap): TokenRows {
  const contents: RowContent[] = [];
  const sizes = new Float32Array(map.outputRows);
  const saliency = rows.saliency && new Float32Array(map.outputRows);
  for (let row = 0; row < map.outputRows; row++) {
    const start = map.offsets[row]!;
    const end = map.offsets[row + 1]!;
    let weightSum = 0;
    let weighted = 0;
    for (let entry = start; entry < end; entry++) {
      const input = map.inputs[entry]!;
      sizes[row]! += rows.sizes[input]!;
      weightSum += map.weights[entry]!;
      weighted += map.weights[entry]! * (rows.saliency?.[input] ?? 0);
    }
    if (saliency) saliency[row] = weightSum === 0 ? 0 : weighted / weightSum;
    if (start === end) contents.push({ kind: 'zero' });
    else if (isKeptRow(map, row)) contents.push(rows.contents[map.inputs[start]!]!);
    else {
      const inputs = Array.from(map.inputs.subarray(start, end));
      contents.push({
        kind: 'merged',
        positions: inputs.flatMap((input) => positionsIn(rows.contents[input]!)),
      });
    }
  }
  const positions = Int32Array.from(map.anchors, (anchor) =>
    anchor < 0 ? -1 : rows.positions[anchor]!,
  );
  return { contents, sizes, positions, ...(saliency ? { saliency } : {}) };
}
