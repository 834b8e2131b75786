import { closeSync, openSync, writeSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { refusal, temporaryFile } from './__fixtures__/read-outcome.js';
import { type ZipInput, type ZipOptions, zipFile, zipParts } from './__fixtures__/zip-writer.js';
import { CheckpointFile } from './checkpoint-file.js';
import { readZipDirectory } from './zip-directory.js';

const read = (bytes: Uint8Array) => readPath(temporaryFile(bytes));

async function readPath(path: string) {
  const file = await CheckpointFile.open(path);
  try {
    return [...(await readZipDirectory(file)).values()];
  } finally {
    await file.close();
  }
}

const entry = (name: string, length: number, more: Partial<ZipInput> = {}): ZipInput => ({
  name,
  data: Buffer.alloc(length, name),
  ...more,
});

const inputs = [entry('a', 5), entry('m/ü✓', 0), entry('c', 200)];

describe('readZipDirectory', () => {
  it.each<[string, ZipInput[], ZipOptions]>([
    ['plain', inputs, {}],
    ['with ZIP64 end records', inputs, { zip64: true }],
    [
      'with ZIP64 sizes and offsets',
      inputs.map((one) => ({ ...one, wide: true })),
      { zip64: true },
    ],
    ['with a comment', inputs, { comment: 'x'.repeat(65535), zip64: true }],
  ])('gives names and places of entries, %s', async (_, all, options) => {
    const bytes = zipFile(all, options);
    const entries = await read(bytes);
    expect(entries.map(({ name }) => name)).toEqual(['a', 'm/ü✓', 'c']);
    for (const [index, { offset, length }] of entries.entries()) {
      expect(bytes.subarray(offset, offset + length)).toEqual(all[index]!.data);
      expect(offset % 64).toBe(0);
    }
  });

  // Windows would fill the hole with 5 GiB of zeros.
  it.skipIf(process.platform === 'win32')('reaches beyond 4 GiB', async () => {
    const hole = 5 * 2 ** 30;
    const all = [
      entry('a', 5),
      entry('huge', 64, { hole, wide: true }),
      entry('c', 7, { wide: true }),
    ];
    const path = temporaryFile(new Uint8Array(0));
    const descriptor = openSync(path, 'r+');
    for (const { offset, bytes } of zipParts(all, { zip64: true })) {
      writeSync(descriptor, bytes, 0, bytes.length, offset);
    }
    closeSync(descriptor);
    const [, huge, last] = await readPath(path);
    expect(huge).toEqual({ name: 'huge', offset: 128, length: hole + 64 });
    expect(last!.offset).toBeGreaterThan(hole + 192);
    expect(last!.length).toBe(7);
  });

  it('takes the end record whose comment ends with the file, not one inside the comment', async () => {
    const inner = zipFile([]).toString('latin1');
    const entries = await read(zipFile(inputs, { comment: `${inner}!` }));
    expect(entries).toHaveLength(3);
  });

  it.each<[string, ZipInput[], ZipOptions, RegExp]>([
    [
      'an entry outside the file',
      [entry('a', 5), entry('b', 5, { headerOffset: 100_000 })],
      {},
      /entry b lies at bytes 100000 to 100036, but the entries end at byte/,
    ],
    [
      'an entry far outside the file',
      [entry('b', 5, { headerOffset: 2 ** 52, wide: true })],
      { zip64: true },
      /entry b lies at bytes 4503599627370496 to/,
    ],
    [
      'an entry that reaches into the directory',
      [entry('a', 5, { length: 6 })],
      {},
      /entry a has its data at bytes 64 to 70, but the entries end at byte 69/,
    ],
    [
      'an entry of 2^63 bytes',
      [entry('a', 5, { length: 2 ** 63, wide: true })],
      { zip64: true },
      /entry a lies at bytes 0 to 9223372036854776000/,
    ],
    [
      'overlapping entries',
      [entry('a', 5, { length: 80 }), entry('b', 100)],
      {},
      /entries a and b overlap at byte 69/,
    ],
    [
      'two entries at one place',
      [entry('a', 5), entry('a', 5, { headerOffset: 0 }), entry('b', 5, { headerOffset: 0 })],
      {},
      /two entries named a|overlap at byte 0/,
    ],
    ['two entries of one name', [entry('a', 5), entry('a', 6)], {}, /two entries named a/],
    [
      'a compressed entry',
      [entry('a', 5, { method: 8 })],
      {},
      /entry a is compressed \(ZIP method 8/,
    ],
    [
      'a folder with bytes',
      [entry('a', 5, { attributes: 0x10 })],
      {},
      /entry a is marked as a folder, but has 5 bytes/,
    ],
    ['an encrypted entry', [entry('a', 5, { flags: 0x0809 })], {}, /entry a is encrypted/],
    [
      'two lengths of one entry',
      [entry('a', 5, { storedLength: 4 })],
      {},
      /entry a .* two lengths 5 and 4/,
    ],
    [
      'another name in the header',
      [entry('a', 5, { headerName: 'b' })],
      {},
      /entry a has another name in its header/,
    ],
    [
      'a longer name in the header',
      [entry('a', 5, { headerName: 'ab' })],
      {},
      /entry a has another name in its header/,
    ],
    [
      'missing ZIP64 sizes',
      [entry('a', 5, { wide: true, noExtra: true })],
      {},
      /entry a has no ZIP64 sizes/,
    ],
    ['a NUL in a name', [entry('a\0b', 5)], {}, /NUL in its name \(a\\u\{0\}b\)/],
    ['a name of 2000 bytes', [entry('a'.repeat(2000), 5)], {}, /name of 2000 bytes \(limit 1024\)/],
    ['an empty name', [entry('', 5)], {}, /name of 0 bytes/],
    [
      '2^32 entries claimed',
      inputs,
      { zip64: true, claimedEntries: 2n ** 32n },
      /has 4294967296 entries .* above the limits of 32768/,
    ],
    [
      '30000 entries claimed',
      inputs,
      { claimedEntries: 30000n },
      /directory of 30000 entries lies/,
    ],
    ['too few entries claimed', inputs, { claimedEntries: 2n }, /after the last of 2 entries/],
    ['too many entries claimed', inputs, { claimedEntries: 4n }, /broken ZIP directory|4 entries/],
    [
      'a directory of 2^40 bytes',
      inputs,
      { zip64: true, claimedLength: 2n ** 40n },
      /in 1099511627776 bytes, above the limits/,
    ],
    [
      'a directory elsewhere',
      inputs,
      { zip64: true, claimedOffset: 0n },
      /directory of 3 entries lies at bytes 0 to/,
    ],
    [
      'a ZIP64 end record elsewhere',
      inputs,
      { zip64: true, end64Offset: 0n },
      /no whole ZIP64 end record at byte 0/,
    ],
    [
      'a ZIP64 end record behind the file',
      inputs,
      { zip64: true, end64Offset: 2n ** 64n - 1n },
      /ZIP64 end record is at byte 18446744073709552000/,
    ],
  ])('refuses %s', async (_, all, options, words) => {
    expect(await refusal(() => read(zipFile(all, options)))).toMatch(words);
  });

  it('refuses end records that differ', async () => {
    const bytes = zipFile(inputs, { zip64: true });
    bytes.writeUInt16LE(2, bytes.length - 22 + 8);
    bytes.writeUInt16LE(2, bytes.length - 22 + 10);
    expect(await refusal(() => read(bytes))).toMatch(/end records that differ: entries 2 and 3/);
  });

  it('refuses a name that is not UTF-8', async () => {
    const bytes = Buffer.from(
      zipFile([entry('a', 5)])
        .toString('latin1')
        .replaceAll('aFB', '\xffFB'),
      'latin1',
    );
    bytes[bytes.length - 23] = 0xff;
    expect(await refusal(() => read(bytes))).toMatch(/name is not UTF-8/);
  });

  it('refuses a file that is cut anywhere', async () => {
    const bytes = zipFile(inputs, { zip64: true });
    for (let length = 0; length < bytes.length; length += 7) {
      expect(await refusal(() => read(bytes.subarray(0, length)))).toMatch(/no ZIP end record/);
    }
  });
});
