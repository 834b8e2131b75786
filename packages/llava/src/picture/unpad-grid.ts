import type { Extent } from './picture.js';

/** A rectangle of features. */
export interface FeatureRectangle {
  readonly top: number;
  readonly left: number;
  readonly rows: number;
  readonly columns: number;
}

/** Python's int(round(value, 7)), which lifts a product such as 15.99999999 to the 16 that is meant. */
function truncateRounded(value: number): number {
  return Math.trunc(Number(value.toFixed(7)));
}

/**
 * The part of a feature grid that shows the picture and not its padding, as transformers' `unpad_image` cuts
 * it. The same amount goes on both sides, so one line of padding may stay.
 *
 * LLaVA-NeXT adds one newline after every remaining row: a picture has base tokens + rows · (columns + 1).
 *
 * @param original  pixels of the picture
 * @param grid  features over all tiles of the grid
 */
export function unpadGrid(
  original: Extent,
  grid: { readonly rows: number; readonly columns: number },
): FeatureRectangle {
  const { rows, columns } = grid;
  if (original.width / original.height > columns / rows) {
    const shown = truncateRounded(original.height * (columns / original.width));
    const top = Math.floor((rows - shown) / 2);
    return { top, left: 0, rows: rows - 2 * top, columns };
  }
  const shown = truncateRounded(original.width * (rows / original.height));
  const left = Math.floor((columns - shown) / 2);
  return { top: 0, left, rows, columns: columns - 2 * left };
}
