import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSafetensorsHeader } from './safetensors.js';

const folder = mkdtempSync(join(tmpdir(), 'autoprune-safetensors-'));
let count = 0;

/** Writes bytes as a file and reads its header. */
function read(bytes: Uint8Array) {
  const path = join(folder, `${count++}.safetensors`);
  writeFileSync(path, bytes);
  return readSafetensorsHeader(path);
}

function file(header: unknown, data = 64): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(data)]);
}

const entry = (start: number, end: number, shape = [(end - start) / 4], dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: [start, end],
});

describe('readSafetensorsHeader', () => {
  it('gives names, types, shapes and places', async () => {
    const tensors = await read(
      file({
        __metadata__: { format: 'pt' },
        a: entry(0, 16, [2, 2]),
        b: entry(16, 20, [2], 'F16'),
      }),
    );
    expect(
      tensors.map(({ name, dtype, shape, length }) => ({ name, dtype, shape, length })),
    ).toEqual([
      { name: 'a', dtype: 'float32', shape: [2, 2], length: 16 },
      { name: 'b', dtype: 'float16', shape: [2], length: 4 },
    ]);
    expect(tensors[1]!.offset).toBe(tensors[0]!.offset + 16);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(0), /0 bytes long, too short/],
    [
      'a header beyond the file',
      Buffer.from('ff00000000000000', 'hex'),
      /255 bytes long, but the file has 8/,
    ],
    [
      'a header of 2^60',
      Buffer.from('0000000000000010', 'hex'),
      /1152921504606846976 bytes long, above/,
    ],
    ['a list as header', file([1]), /not a JSON object/],
    ['a tensor without description', file({ a: 3 }), /tensor a has no description/],
    ['an unknown dtype', file({ a: entry(0, 4, [1], 'F13') }), /unknown dtype "F13"/],
    ['a negative shape', file({ a: entry(0, 4, [-1]) }), /shape \[-1\]/],
    ['a fractional shape', file({ a: entry(0, 4, [0.5]) }), /shape \[0.5\]/],
    ['a shape that overflows', file({ a: entry(0, 4, [2 ** 40, 2 ** 40]) }), /which takes/],
    [
      'a shape of a thousand dimensions',
      file({ a: entry(0, 4, new Array(1000).fill(1)) }),
      /not a list/,
    ],
    ['an end before its start', file({ a: entry(8, 4, [1]) }), /lies at bytes 8 to 4/],
    [
      'an end behind the file',
      file({ a: entry(0, 4000, [1000]) }),
      /lies at bytes 0 to 4000 of the data, but the file holds 64/,
    ],
    ['a size that is not its shape', file({ a: entry(0, 8, [3]) }), /takes 12 bytes, but spans 8/],
    [
      'two tensors in one place',
      file({ a: entry(0, 8), b: entry(4, 12) }),
      /a and b overlap at byte/,
    ],
    [
      'offsets that are texts',
      file({ a: { dtype: 'F32', shape: [1], data_offsets: ['0', '4'] } }),
      /not two whole numbers/,
    ],
  ])('refuses %s', async (_, bytes, words) => {
    const error = await read(bytes).catch((reason: unknown) => reason);
    expect(AutopruneError.isInstance(error, 'CHECKPOINT_INVALID')).toBe(true);
    expect((error as Error).message).toMatch(words);
  });

  it('takes a header that names __proto__ as a tensor like any other', async () => {
    const tensors = await read(
      file('{"__proto__": {"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'),
    );
    expect(tensors.map(({ name }) => name)).toEqual(['__proto__']);
  });

  it('refuses or reads any damaged file, and nothing else happens', async () => {
    const good = file({
      a: entry(0, 16, [2, 2]),
      b: entry(16, 32),
      c: entry(32, 64, [4, 4], 'F16'),
    });
    const edits = fc.array(fc.tuple(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(edits, fc.nat({ max: good.length }), async (changes, cut) => {
        const bytes = Uint8Array.from(good);
        for (const [place, value] of changes) bytes[place] = value;
        const result = await read(bytes.subarray(0, cut % 3 === 0 ? cut : bytes.length)).catch(
          (reason: unknown) => reason,
        );
        if (Array.isArray(result)) {
          for (const { offset, length } of result) {
            expect(offset + length).toBeLessThanOrEqual(bytes.length);
          }
        } else expect(AutopruneError.isInstance(result, 'CHECKPOINT_INVALID')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
