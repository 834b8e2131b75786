import type { RgbPicture } from './picture.js';
import { type PixelRows, pictureRows } from './pixel-rows.js';

/** A picture centred in a square. */
export interface SquareRows {
  readonly rows: PixelRows;
  /** Column and row of the square where the picture begins: half the difference of its sides, rounded down. */
  readonly left: number;
  readonly top: number;
}

/**
 * A picture padded to a square of side max(width, height) with one colour, as LLaVA's `expand2square` does,
 * without building the square.
 *
 * @param colour  bytes, one per channel
 */
export function squareRows(picture: RgbPicture, colour: readonly number[]): SquareRows {
  const { width, height } = picture;
  const inner = pictureRows(picture);
  const side = Math.max(width, height);
  const left = Math.floor((side - width) / 2);
  const top = Math.floor((side - height) / 2);
  const { channels } = inner;
  const blank = Uint8Array.from(
    { length: side * channels },
    (_, index) => colour[index % channels]!,
  );
  if (width === side) {
    // Padding above and below: all such rows share one key.
    const inside = (row: number) => row >= top && row < top + height;
    const rows: PixelRows = {
      width: side,
      height: side,
      channels,
      keys: height + 1,
      keyOf: (row) => (inside(row) ? row - top : height),
      read: (row) => (inside(row) ? inner.read(row - top) : blank),
      stored: { data: picture.data, from: top, to: top + height },
    };
    return { rows, left, top };
  }
  // Padding at the sides: its bytes stay in the buffer while the middle is overwritten.
  const rows: PixelRows = {
    width: side,
    height: side,
    channels,
    keys: side,
    keyOf: (row) => row,
    read(row) {
      blank.set(inner.read(row), left * channels);
      return blank;
    },
  };
  return { rows, left, top };
}
