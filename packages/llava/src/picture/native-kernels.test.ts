import { availableKernels, loadKernels } from '@autoprune/kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseClipProcessorConfig, processClip, processPad, toPixelValues } from './index.js';
import { resizePicture } from './resize.js';
import { RESIZE_FILTERS } from './resize-filter.js';

const paths = process.env.AUTOPRUNE_KERNELS === 'reference' ? [] : availableKernels();

const side = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 100, max: 130 }));

const picture = (channels: fc.Arbitrary<number>) =>
  fc.tuple(side, side, channels, fc.integer()).map(([width, height, each, seed]) => {
    let state = seed;
    const data = Uint8Array.from({ length: width * height * each }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
    return { width, height, data };
  });

const rgb = picture(fc.constant(3));

const config = parseClipProcessorConfig(
  { crop_size: { height: 24, width: 24 }, size: { shortest_edge: 24 } },
  'preprocessor_config.json',
);

if (paths.length === 0) {
  it.skip('pictures by native kernels: none here; npm run build:native makes them', () => {});
}

describe.each(paths)('pictures by native kernels, %s', (path) => {
  const { picture: kernels } = loadKernels({ use: path });

  it('are resized to the same bytes', () => {
    const filter = fc.constantFrom(...RESIZE_FILTERS);
    fc.assert(
      fc.property(picture(fc.integer({ min: 1, max: 4 })), side, side, filter, (one, x, y, by) => {
        const crop = { left: x >> 2, top: y >> 2, width: (x + 1) >> 1, height: (y + 1) >> 1 };
        for (const region of [undefined, crop]) {
          const expected = resizePicture(one, x, y, by, region);
          expect(resizePicture(one, x, y, by, region, kernels)).toEqual(expected);
        }
      }),
    );
  });

  it('are padded to the same bytes where rows are handed over in several batches', () => {
    const [width, height] = [500, 900];
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.imul(i, 7919) >> 4);
    const one = { width, height, data };
    expect(processPad(one, config, kernels)).toEqual(processPad(one, config));
  });

  it('are padded, cropped and normalised to the same values', () => {
    fc.assert(
      fc.property(rgb, (one) => {
        for (const process of [processPad, processClip]) {
          const expected = process(one, config);
          expect(process(one, config, kernels)).toEqual(expected);
          const values = toPixelValues(expected.data, config);
          expect(toPixelValues(expected.data, config, kernels)).toEqual(values);
          const into = new Float32Array(values.length).fill(7);
          expect(toPixelValues(expected.data, config, kernels, into)).toBe(into);
          expect(into).toEqual(values);
        }
      }),
    );
  });
});
