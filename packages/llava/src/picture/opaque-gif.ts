const IMAGE = 0x2c;
const EXTENSION = 0x21;
const GRAPHIC_CONTROL = 0xf9;

/** Where the blocks begin: after the header, the screen descriptor and the global palette, if there is one. */
function firstBlock(bytes: Uint8Array): number {
  const flags = bytes[10] ?? 0;
  return 13 + (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
}

/**
 * A GIF whose first frame has no transparent colour any more. libvips gives transparent pixels as black and
 * the colour that the palette holds for them (often white paper) is lost; Pillow keeps it and drops the
 * alpha, and dark drawings on a transparent ground stay visible.
 *
 * @param bytes  the file; read only
 * @returns the same bytes when there is nothing to clear, else a changed copy
 */
export function opaqueGif(bytes: Uint8Array): Uint8Array {
  let result = bytes;
  let at = firstBlock(bytes);
  while (bytes[at] === EXTENSION) {
    if (bytes[at + 1] === GRAPHIC_CONTROL && (bytes[at + 3] ?? 0) & 1) {
      if (result === bytes) result = Uint8Array.from(bytes);
      result[at + 3]! &= ~1;
    }
    at += 2;
    for (let length = bytes[at]; length; length = bytes[at]) at += length + 1;
    at += 1;
  }
  return bytes[at] === IMAGE ? result : bytes;
}
