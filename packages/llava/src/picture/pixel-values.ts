import type { ClipProcessorConfig } from './clip-processor-config.js';

/**
 * The value that each byte of each channel becomes: float32 [3, 256].
 *
 * NumPy's arithmetic in transformers: byte · factor in float64, rounded to float32, then minus mean and
 * divided by std in float32 each. Bit-exact.
 */
export function pixelLookup(config: ClipProcessorConfig): Float32Array {
  const lookup = new Float32Array(3 * 256);
  for (let channel = 0; channel < 3; channel++) {
    const mean = Math.fround(config.imageMean[channel]!);
    const std = Math.fround(config.imageStd[channel]!);
    for (let byte = 0; byte < 256; byte++) {
      const scaled = Math.fround(config.doRescale ? byte * config.rescaleFactor : byte);
      lookup[channel * 256 + byte] = config.doNormalize ? Math.fround(scaled - mean) / std : scaled;
    }
  }
  return lookup;
}

/**
 * Rescales and normalises one processed tile.
 *
 * @param planes  uint8 [3, height, width]; read only
 * @returns float32 of the same shape
 */
export function toPixelValues(planes: Uint8Array, config: ClipProcessorConfig): Float32Array {
  const lookup = pixelLookup(config);
  const values = new Float32Array(planes.length);
  const plane = planes.length / 3;
  for (let index = 0; index < planes.length; index++) {
    const channel = index < plane ? 0 : index < 2 * plane ? 256 : 512;
    values[index] = lookup[channel + planes[index]!]!;
  }
  return values;
}
