/**
 * Where a picture lies in a processed tile, in pixels of the tile, measured at pixel edges:
 *
 *   tile_x = original_x · scaleX + offsetX        original_x = (tile_x − offsetX) / scaleX
 *
 * and likewise for y. The tile may show a part of the picture only (crop) or more than it (padding): original
 * coordinates outside [0, width] × [0, height] are padding. An overlay maps the corners of a patch.
 */
export interface Placement {
  readonly scaleX: number;
  readonly scaleY: number;
  readonly offsetX: number;
  readonly offsetY: number;
}

/** The placement of a picture that first goes through `inner`, and the result through `outer`. */
export function composePlacements(inner: Placement, outer: Placement): Placement {
  return {
    scaleX: inner.scaleX * outer.scaleX,
    scaleY: inner.scaleY * outer.scaleY,
    offsetX: inner.offsetX * outer.scaleX + outer.offsetX,
    offsetY: inner.offsetY * outer.scaleY + outer.offsetY,
  };
}
