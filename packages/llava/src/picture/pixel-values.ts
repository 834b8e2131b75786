import { AutopruneError } from '@autoprune/core';
import type { PictureKernels } from '@autoprune/kernels';
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

function normaliseNatively(
  values: Float32Array,
  planes: Uint8Array,
  config: ClipProcessorConfig,
  kernels: PictureKernels,
): boolean {
  const plane = planes.length / 3;
  const factor = config.doRescale ? config.rescaleFactor : 1;
  return [0, 1, 2].every((channel) => {
    // (x − 0) / 1 is x.
    const mean = config.doNormalize ? config.imageMean[channel]! : 0;
    const deviation = config.doNormalize ? config.imageStd[channel]! : 1;
    const [start, end] = [channel * plane, (channel + 1) * plane];
    const scale = { factor, mean, deviation };
    return kernels.normalisePixels(planes.subarray(start, end), scale, values.subarray(start, end));
  });
}

/**
 * Rescales and normalises one processed tile.
 *
 * @param planes  uint8 [3, height, width]; read only
 * @param kernels  of `loadKernels`, for the same values sooner. Default: TypeScript
 * @param into  float32 of the same shape, written: tiles need not be copied together. Default: a new array
 * @returns float32 of the same shape, `into` where it was given
 * @throws ARGUMENT_INVALID when `into` has another length
 */
export function toPixelValues(
  planes: Uint8Array,
  config: ClipProcessorConfig,
  kernels?: PictureKernels,
  into?: Float32Array,
): Float32Array {
  if (into && into.length !== planes.length) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `Expected ${planes.length} values for into but received ${into.length}`,
      { expected: planes.length, length: into.length },
    );
  }
  const values = into ?? new Float32Array(planes.length);
  if (kernels && normaliseNatively(values, planes, config, kernels)) return values;
  const lookup = pixelLookup(config);
  const plane = planes.length / 3;
  for (let index = 0; index < planes.length; index++) {
    const channel = index < plane ? 0 : index < 2 * plane ? 256 : 512;
    values[index] = lookup[channel + planes[index]!]!;
  }
  return values;
}
