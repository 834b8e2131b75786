/** Samples as the decoder gives them: uint8 or uint16 [pixels, channels]. */
export interface StoredSamples {
  /** 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha; with `cmyk` 4, or 5 with alpha. */
  readonly channels: number;
  readonly data: Uint8Array | Uint16Array;
  readonly cmyk: boolean;
  /** What becomes of 16-bit grey, see {@link DecodeOptions}. */
  readonly sixteenBit: 'scale' | 'clip';
}

/** a · b / 255, rounded, for bytes: the integer form that Pillow uses. */
function multiplyBytes(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/**
 * RGB bytes as Pillow's `convert("RGB")` makes them: grey is repeated, alpha dropped (not blended), CMYK
 * becomes (255 − K) − (255 − K) · C / 255 without a colour profile, 16-bit RGB and 16-bit grey with alpha
 * keep their high byte.
 *
 * 16-bit grey without alpha is the one thing that Pillow clips (255 for anything above), `sixteenBit: 'clip'`.
 *
 * @returns uint8 [pixels, 3]; the memory of `data` where that is RGB already
 */
export function toRgb(samples: StoredSamples): Uint8Array {
  const { channels, data, cmyk } = samples;
  if (channels === 3 && data instanceof Uint8Array) {
    return new Uint8Array(data.buffer, data.byteOffset, data.length);
  }
  const pixels = data.length / channels;
  const rgb = new Uint8Array(pixels * 3);
  const grey = channels < 3;
  const wide = data instanceof Uint16Array;
  const clip = wide && channels === 1 && samples.sixteenBit === 'clip';
  const shift = wide && !clip ? 8 : 0;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const from = pixel * channels;
    const paper = cmyk ? 255 - (data[from + 3]! >> shift) : 0;
    for (let channel = 0; channel < 3; channel++) {
      const stored = data[grey ? from : from + channel]! >> shift;
      let value = stored;
      if (cmyk) value = paper - multiplyBytes(stored, paper);
      else if (clip && stored > 255) value = 255;
      rgb[pixel * 3 + channel] = value;
    }
  }
  return rgb;
}
