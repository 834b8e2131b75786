import { createHash } from 'node:crypto';
import { AutopruneError } from '@autoprune/core';
import { describeGoldens } from '@autoprune/testing';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { resizePicture } from './resize.js';
import { RESIZE_FILTERS, type ResizeFilter } from './resize-filter.js';

interface ResizeCase {
  source: string;
  width: number;
  height: number;
  filter: ResizeFilter;
  pil_resample: number;
  file: string;
  sha256: string;
}

/** The stored bytes with their own number of channels: gray_l.png stays one channel. */
async function stored(path: string) {
  const { data, info } = await sharp(path)
    .toColourspace((await sharp(path).metadata()).channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}

const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

describeGoldens('models/images/resize.json', ['models/images/resize.json'], (set) => {
  const { cases } = set.json<{ cases: ResizeCase[] }>('models/images/resize.json');
  set.each(
    cases,
    (one) => `${one.source} to ${one.width} × ${one.height}, ${one.filter}`,
    async (one) => {
      const source = await stored(set.path(`models/images/${one.source}`));
      const resized = resizePicture(source, one.width, one.height, one.filter);
      expect(RESIZE_FILTERS[one.pil_resample]).toBe(one.filter);
      expect(sha256(resized.data)).toBe(one.sha256);
      expect(resized.data).toEqual((await stored(set.path(`models/images/${one.file}`))).data);
    },
  );
});

const anyPicture = fc
  .tuple(
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 4 }),
  )
  .chain(([width, height, channels]) =>
    fc
      .uint8Array({ minLength: width * height * channels, maxLength: width * height * channels })
      .map((data) => ({ width, height, data })),
  );

const anyCrop = fc
  .tuple(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 90 }))
  .chain(([width, height]) =>
    fc
      .record({
        left: fc.integer({ min: 0, max: width - 1 }),
        top: fc.integer({ min: 0, max: height - 1 }),
      })
      .chain(({ left, top }) =>
        fc.record({
          width: fc.constant(width),
          height: fc.constant(height),
          crop: fc.record({
            left: fc.constant(left),
            top: fc.constant(top),
            width: fc.integer({ min: 1, max: width - left }),
            height: fc.integer({ min: 1, max: height - top }),
          }),
        }),
      ),
  );

describe('resizePicture', () => {
  it('computes a crop of the output to the same bytes as cropping the whole output', () => {
    fc.assert(
      fc.property(
        anyPicture,
        anyCrop,
        fc.constantFrom(...RESIZE_FILTERS),
        (picture, { width, height, crop }, filter) => {
          const channels = picture.data.length / (picture.width * picture.height);
          const whole = resizePicture(picture, width, height, filter).data;
          const cropped = resizePicture(picture, width, height, filter, crop);
          const row = crop.width * channels;
          for (let y = 0; y < crop.height; y++) {
            const from = ((crop.top + y) * width + crop.left) * channels;
            expect(cropped.data.slice(y * row, (y + 1) * row)).toEqual(
              whole.slice(from, from + row),
            );
          }
        },
      ),
    );
  });

  it('goes down first where the height shrinks by more than twice the pixels that the width does', () => {
    const data = Uint8Array.from({ length: 60 * 60 * 3 }, (_, index) => (index * index * 31) % 256);
    const picture = { width: 60, height: 60, data };
    const passes = (width: number, height: number) => {
      const across = resizePicture(
        resizePicture(picture, width, 60, 'bicubic'),
        width,
        height,
        'bicubic',
      );
      const down = resizePicture(
        resizePicture(picture, 60, height, 'bicubic'),
        width,
        height,
        'bicubic',
      );
      expect(across.data).not.toEqual(down.data);
      return { across: across.data, down: down.data };
    };
    const whole = (width: number, height: number) =>
      resizePicture(picture, width, height, 'bicubic').data;
    expect(whole(50, 39)).toEqual(passes(50, 39).down);
    expect(whole(50, 40)).toEqual(passes(50, 40).across);
    expect(whole(80, 59)).toEqual(passes(80, 59).down);
    expect(whole(80, 70)).toEqual(passes(80, 70).across);
  });

  it('leaves a picture of the asked size as it is', () => {
    fc.assert(
      fc.property(anyPicture, fc.constantFrom(...RESIZE_FILTERS), (picture, filter) => {
        const same = resizePicture(picture, picture.width, picture.height, filter);
        expect(same.data).toEqual(picture.data);
      }),
    );
  });

  it('keeps a picture of one colour', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 255 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 200 }),
        fc.constantFrom(...RESIZE_FILTERS),
        (value, side, target, filter) => {
          const data = new Uint8Array(side * side * 3).fill(value);
          const resized = resizePicture({ width: side, height: side, data }, target, 3, filter);
          expect(resized.data.every((byte) => byte === value)).toBe(true);
        },
      ),
    );
  });

  it('takes the middle of a million-pixel-wide output without building it', () => {
    const thin = { width: 9000, height: 3, data: new Uint8Array(9000 * 3 * 3).fill(77) };
    const crop = { left: 503_832, top: 0, width: 336, height: 336 };
    const middle = resizePicture(thin, 1_008_000, 336, 'bicubic', crop);
    expect(middle).toMatchObject({ width: 336, height: 336 });
    expect(middle.data.every((byte) => byte === 77)).toBe(true);
  });

  it.each([
    [{ width: 0 }, /width/],
    [{ height: 1.5 }, /height/],
    [{ crop: { left: 5, top: 0, width: 6, height: 10 } }, /crop columns inside \[0, 10\)/],
    [{ crop: { left: 0, top: -1, width: 6, height: 10 } }, /crop rows/],
    [{ data: new Uint8Array(13) }, /13 bytes/],
  ])('refuses %j', (wrong, message) => {
    const ask = { width: 10, height: 10, crop: undefined, data: new Uint8Array(12), ...wrong };
    const run = () =>
      resizePicture(
        { width: 2, height: 2, data: ask.data },
        ask.width,
        ask.height,
        'box',
        ask.crop,
      );
    expect(run).toThrow(message);
    try {
      run();
    } catch (error) {
      expect(AutopruneError.isInstance(error, 'ARGUMENT_INVALID')).toBe(true);
    }
  });
});
