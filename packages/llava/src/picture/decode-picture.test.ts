import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { AutopruneError } from '@autoprune/core';
import { describeGoldens, spread } from '@autoprune/testing';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { type DecodeOptions, decodePicture } from './decode-picture.js';

interface ImageCase {
  file: string;
  width: number;
  height: number;
  rgb_sha256: string;
  decoded: string;
  hf_load_image: { width: number; height: number; rgb_sha256: string };
}

const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
const LOSSY = /\.(jpg|webp)$/;

describeGoldens('models/images', ['models/images/images.json'], (set) => {
  const { images } = set.json<{ images: ImageCase[] }>('models/images/images.json');
  const bytesOf = (file: string) => readFileSync(set.path(`models/images/${file}`));
  const pillow = { sixteenBit: 'clip', limits: { minSide: 1 } } as const;

  set.each(
    images,
    (one) => `${one.file} as stored`,
    async (one) => {
      const options = { ...pillow, name: one.file, orientation: 'stored' as const };
      const picture = await decodePicture(bytesOf(one.file), options);
      const lossless = await decodePicture(bytesOf(one.decoded), options);
      expect([picture.width, picture.height]).toEqual([one.width, one.height]);
      expect(sha256(lossless.data)).toBe(one.rgb_sha256);
      // The lossy ones are equal too on linux x64; elsewhere another SIMD path may round a level differently.
      if (LOSSY.test(one.file)) expect(spread(picture.data, lossless.data)).toBeLessThanOrEqual(2);
      else expect(sha256(picture.data)).toBe(one.rgb_sha256);
    },
  );

  set.each(
    images,
    (one) => `${one.file} as load_image gives it`,
    async (one) => {
      const picture = await decodePicture(bytesOf(one.file), { ...pillow, name: one.file });
      const { orientation = 1 } = await sharp(bytesOf(one.file)).metadata();
      const tagged = sharp(bytesOf(one.decoded)).withMetadata({ orientation }).png();
      const lossless = await decodePicture(await tagged.toBuffer(), { ...pillow, name: one.file });
      const expected = one.hf_load_image;
      expect([picture.width, picture.height]).toEqual([expected.width, expected.height]);
      expect(sha256(lossless.data)).toBe(expected.rgb_sha256);
      if (LOSSY.test(one.file)) expect(spread(picture.data, lossless.data)).toBeLessThanOrEqual(2);
      else expect(sha256(picture.data)).toBe(expected.rgb_sha256);
    },
  );
});

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  let crc = 0xffffffff;
  for (const byte of body) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(~crc >>> 0, 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** A PNG of `rows` of stored samples (big-endian); colour type 0 grey, 2 RGB, 4 grey + alpha, 6 RGB + alpha. */
function png(
  width: number,
  height: number,
  depth: number,
  colour: number,
  rows: number[][],
): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, depth, colour, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  const lines = rows.map((row) => Buffer.from([0, ...row]));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(lines))),
    chunk('IEND', new Uint8Array()),
  ]);
}

const noise = (width: number, height: number, channels: 3 | 4 = 3) => {
  const data = Buffer.alloc(width * height * channels);
  for (let index = 0; index < data.length; index++)
    data[index] = (index * 7919 + (index >> 3)) % 256;
  return sharp(data, { raw: { width, height, channels } });
};

const decode = (bytes: Uint8Array, options: Partial<DecodeOptions> = {}) =>
  decodePicture(bytes, { name: 'picture.bin', ...options });

async function codeOf(bytes: Uint8Array, options: Partial<DecodeOptions> = {}): Promise<string> {
  try {
    await decode(bytes, options);
    return 'decoded';
  } catch (error) {
    if (!AutopruneError.isInstance(error)) throw error;
    expect(error.message).not.toContain('\n');
    expect(error.message.startsWith('picture.bin ')).toBe(true);
    return `${error.code}: ${error.message}`;
  }
}

describe('decodePicture', () => {
  it('scales 16-bit grey by default and clips it on request', async () => {
    const bytes = png(2, 2, 16, 0, [
      [0x00, 0x40, 0x01, 0x00],
      [0x80, 0xff, 0xff, 0xff],
    ]);
    const grey = (picture: { data: Uint8Array }) => [...picture.data].filter((_, i) => i % 3 === 0);
    expect(grey(await decode(bytes))).toEqual([0, 1, 0x80, 255]);
    expect(grey(await decode(bytes, { sixteenBit: 'clip' }))).toEqual([0x40, 255, 255, 255]);
  });

  it('keeps the high byte of 16-bit RGB and of grey with alpha, whatever is asked', async () => {
    const rgb = png(2, 1, 16, 2, [[0x12, 0xff, 0x34, 0, 0x56, 1, 0xff, 0xff, 0, 0xff, 1, 0]]);
    const greyAlpha = png(2, 1, 16, 4, [[0x12, 0xff, 0, 0, 0xfe, 0xff, 0x80, 0]]);
    for (const sixteenBit of ['scale', 'clip'] as const) {
      const options = { sixteenBit, limits: { minSide: 1 } };
      expect([...(await decode(rgb, options)).data]).toEqual([0x12, 0x34, 0x56, 0xff, 0, 1]);
      expect([...(await decode(greyAlpha, options)).data]).toEqual([
        0x12, 0x12, 0x12, 0xfe, 0xfe, 0xfe,
      ]);
    }
  });

  it('drops alpha and keeps the colour under it', async () => {
    const bytes = png(2, 2, 8, 6, [
      [10, 20, 30, 0, 40, 50, 60, 128],
      [70, 80, 90, 255, 1, 2, 3, 0],
    ]);
    expect([...(await decode(bytes)).data]).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 1, 2, 3]);
  });

  it('keeps the palette colour of transparent GIF pixels', async () => {
    const codes = [4, 0, 1, 4, 1, 0, 5]; // LZW of 0 1 1 0 in 3-bit codes, cleared before they widen
    const packed = codes.reduce((bits, code, index) => bits + code * 2 ** (3 * index), 0);
    const image = [packed & 255, (packed >> 8) & 255, (packed >> 16) & 255];
    const gif = Buffer.from([
      ...Buffer.from('GIF89a', 'latin1'),
      ...[2, 0, 2, 0, 0x80, 0, 0],
      ...[250, 240, 230, 1, 2, 3],
      ...[0x21, 0xfe, 2, 104, 105, 0],
      ...[0x21, 0xf9, 4, 1, 0, 0, 0, 0],
      ...[0x2c, 0, 0, 0, 0, 2, 0, 2, 0, 0],
      ...[2, image.length, ...image, 0],
      0x3b,
    ]);
    const paper = [250, 240, 230];
    expect([...(await decode(gif)).data]).toEqual([...paper, 1, 2, 3, 1, 2, 3, ...paper]);
  });

  it('applies no colour profile', async () => {
    const bytes = await noise(8, 8).withIccProfile('p3').png().toBuffer();
    const at = bytes.indexOf('iCCP') - 4;
    const stripped = Buffer.concat([
      bytes.subarray(0, at),
      bytes.subarray(at + 12 + bytes.readUInt32BE(at)),
    ]);
    expect(at).toBeGreaterThan(0);
    expect((await decode(bytes)).data).toEqual((await decode(stripped)).data);
  });

  // EXIF 2.3: which side of the shown picture the stored row 0 and column 0 are on.
  it.each([
    [1, 'top', 'left'],
    [2, 'top', 'right'],
    [3, 'bottom', 'right'],
    [4, 'bottom', 'left'],
    [5, 'left', 'top'],
    [6, 'right', 'top'],
    [7, 'right', 'bottom'],
    [8, 'left', 'bottom'],
  ])('turns EXIF orientation %i: row 0 is %s, column 0 is %s', async (n, rowSide, columnSide) => {
    const bytes = await noise(5, 4).png().withMetadata({ orientation: n }).toBuffer();
    const stored = await decode(bytes, { orientation: 'stored' });
    const shown = await decode(bytes);
    expect([stored.width, stored.height]).toEqual([5, 4]);
    expect([shown.width, shown.height]).toEqual(n > 4 ? [4, 5] : [5, 4]);
    const from = { top: 0, left: 0, bottom: shown.height - 1, right: shown.width - 1 };
    for (let row = 0; row < 4; row++) {
      for (let column = 0; column < 5; column++) {
        const across = Math.abs(from[rowSide as keyof typeof from] - row);
        const along = Math.abs(from[columnSide as keyof typeof from] - column);
        const at = (n > 4 ? along * shown.width + across : across * shown.width + along) * 3;
        const stand = (row * 5 + column) * 3;
        expect(shown.data.slice(at, at + 3)).toEqual(stored.data.slice(stand, stand + 3));
      }
    }
  });

  it.each(['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const)('reads %s', async (format) => {
    const picture = await decode(await noise(20, 10).toFormat(format).toBuffer());
    expect(picture).toMatchObject({ width: 20, height: 10 });
    expect(picture.data).toHaveLength(600);
  });
});

describe('decodePicture, refusing', () => {
  it('an empty file', async () => {
    expect(await codeOf(new Uint8Array())).toMatchInlineSnapshot(
      `"PICTURE_EMPTY: picture.bin is empty (0 bytes); give a picture"`,
    );
  });

  it('a text file', async () => {
    expect(await codeOf(Buffer.from('hello, I am no picture'))).toMatchInlineSnapshot(
      `"PICTURE_UNREADABLE: picture.bin is not a picture in a known format; give a JPEG, PNG, WebP, GIF, TIFF or AVIF file"`,
    );
  });

  it('an SVG', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect/></svg>';
    expect(await codeOf(Buffer.from(svg))).toMatchInlineSnapshot(
      `"PICTURE_UNREADABLE: picture.bin is SVG, which is not read; convert it to JPEG, PNG, WebP, GIF, TIFF or AVIF"`,
    );
  });

  it('a JPEG that is cut off', async () => {
    const bytes = await noise(64, 64).jpeg().toBuffer();
    expect(await codeOf(bytes.subarray(0, bytes.length / 2))).toMatchInlineSnapshot(
      `"PICTURE_UNREADABLE: picture.bin is damaged or cut off (VipsJpeg: premature end of JPEG image); fetch or export it again"`,
    );
    expect(await codeOf(bytes.subarray(0, bytes.length - 2))).toMatch('PICTURE_UNREADABLE');
  });

  it.each(['png', 'webp', 'gif', 'tiff', 'avif'] as const)('a cut off %s', async (format) => {
    const bytes = await noise(64, 64).toFormat(format).toBuffer();
    expect(await codeOf(bytes.subarray(0, bytes.length / 2))).toMatch(
      /^PICTURE_UNREADABLE.*; fetch or export it again$|^PICTURE_UNREADABLE.*; give a /,
    );
  });

  it('but not a JPEG with stray bytes before its end, which Pillow reads too', async () => {
    const bytes = await noise(64, 64).jpeg().toBuffer();
    const end = bytes.length - 2;
    const stray = Buffer.concat([
      bytes.subarray(0, end),
      Buffer.from([1, 2, 3]),
      bytes.subarray(end),
    ]);
    expect(await codeOf(stray)).toBe('decoded');
  });

  it('a PNG with a damaged header', async () => {
    const bytes = await noise(8, 8).png().toBuffer();
    bytes[29]! ^= 1;
    expect(await codeOf(bytes)).toMatch('PICTURE_UNREADABLE');
  });

  it('a single pixel, unless the limit is lowered', async () => {
    const bytes = png(1, 1, 8, 2, [[1, 2, 3]]);
    expect(await codeOf(bytes)).toMatchInlineSnapshot(
      `"PICTURE_TOO_SMALL: picture.bin is 1 × 1 pixels, but at least 2 are needed on each side; use a larger picture"`,
    );
    expect(await codeOf(bytes, { limits: { minSide: 1 } })).toBe('decoded');
    expect(await codeOf(await noise(3, 3).png().toBuffer())).toBe('decoded');
  });

  it('a decompression bomb, from its header', async () => {
    const bomb = png(20_000, 20_000, 8, 2, [[0]]);
    expect(await codeOf(bomb)).toMatchInlineSnapshot(
      `"PICTURE_TOO_LARGE: picture.bin claims 20000 × 20000 = 400000000 pixels, above the limit of 178956970; scale it down first"`,
    );
    expect(
      await codeOf(await noise(20, 10).png().toBuffer(), { limits: { maxPixels: 199 } }),
    ).toMatch('PICTURE_TOO_LARGE');
  });

  it('a line, but not a strip', async () => {
    expect(await codeOf(await noise(3, 9000).png().toBuffer())).toMatchInlineSnapshot(
      `"PICTURE_TOO_THIN: picture.bin is 3 × 9000 pixels, 3000.0:1, above the limit of 200:1; crop it first"`,
    );
    expect(await codeOf(await noise(500, 3).png().toBuffer())).toBe('decoded');
    expect(await codeOf(await noise(3, 600).png().toBuffer())).toBe('decoded');
    expect(await codeOf(await noise(601, 3).png().toBuffer())).toMatch('PICTURE_TOO_THIN');
  });

  it('an animation or a document, unless a frame is chosen', async () => {
    const frames = sharp(
      [await noise(9, 7).png().toBuffer(), await noise(9, 7).negate().png().toBuffer()],
      {
        join: { animated: true },
      },
    );
    for (const bytes of [
      await frames.clone().gif().toBuffer(),
      await frames.clone().webp({ lossless: true }).toBuffer(),
      await frames.clone().tiff().toBuffer(),
    ]) {
      expect(await codeOf(bytes)).toMatch(/^PICTURE_ANIMATED: picture.bin has 2 frames or pages/);
      const first = await decode(bytes, { frame: 0 });
      const second = await decode(bytes, { frame: 1 });
      expect([first.width, first.height, second.width, second.height]).toEqual([9, 7, 9, 7]);
      expect(second.data).not.toEqual(first.data);
      expect(await codeOf(bytes, { frame: 2 })).toMatch('PICTURE_FRAME_UNKNOWN');
    }
    expect(await codeOf(await frames.gif().toBuffer())).toMatchInlineSnapshot(
      `"PICTURE_ANIMATED: picture.bin has 2 frames or pages; choose one with --frame N (0 to 1)"`,
    );
    const still = await noise(9, 7).png().toBuffer();
    expect(await codeOf(still, { frame: 0 })).toBe('decoded');
    expect(await codeOf(still, { frame: 1 })).toMatchInlineSnapshot(
      `"PICTURE_FRAME_UNKNOWN: picture.bin has one frame only and none with number 1; leave --frame out"`,
    );
  });
});
