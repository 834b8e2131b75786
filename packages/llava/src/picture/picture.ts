/** A decoded picture. What it was stored as (grey, palette, CMYK, …) is no longer visible. */
export interface RgbPicture {
  /** Pixels, ≥ 1. */
  readonly width: number;
  readonly height: number;
  /** uint8 [height, width, 3], red first, rows from the top. */
  readonly data: Uint8Array;
}

/** Width and height in pixels, or in whatever unit the user of the type names. */
export interface Extent {
  readonly width: number;
  readonly height: number;
}

/** A rectangle in pixels; `left` and `top` are those of its first column and row. */
export interface Region extends Extent {
  readonly left: number;
  readonly top: number;
}
