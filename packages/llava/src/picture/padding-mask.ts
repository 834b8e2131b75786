/** Where the picture lies along the padded axis, widened by `border` pixels on both sides. */
function pictureSpan(length: number, side: number, border: number): { from: number; to: number } {
  const start = Math.floor((side - length) / 2);
  return { from: Math.max(start - border, 0), to: Math.min(start + length + border, side) };
}

/**
 * Which patches of a picture padded to a square hold nothing but padding, as the published AutoPrune decides:
 * the picture is widened by trunc((side + 23) / 24) pixels towards the padding, then patch i takes the value
 * of pixel floor(i · side / grid). The 24 stays 24 for any grid.
 *
 * Pixel positions are computed in float32 because `torch.nn.functional.interpolate` does; for some sides the
 * product lands just below a whole number and the patch looks one pixel earlier.
 *
 * @param width  pixels of the picture before padding
 * @param height  the same, downwards
 * @param grid  patches on a side of the square
 * @returns uint8 [grid, grid], 1 = padding
 */
export function paddingMask(width: number, height: number, grid: number): Uint8Array {
  const side = Math.max(width, height);
  const mask = new Uint8Array(grid * grid);
  if (width === height) return mask;
  const border = Math.trunc((side + 23) / 24);
  const span = pictureSpan(Math.min(width, height), side, border);
  const step = Math.fround(side / grid);
  for (let patch = 0; patch < grid; patch++) {
    const pixel = Math.min(Math.floor(Math.fround(patch * step)), side - 1);
    if (pixel >= span.from && pixel < span.to) continue;
    for (let across = 0; across < grid; across++) {
      mask[width > height ? patch * grid + across : across * grid + patch] = 1;
    }
  }
  return mask;
}
