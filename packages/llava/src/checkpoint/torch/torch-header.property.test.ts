import { closeSync, copyFileSync, openSync, readFileSync, writeSync } from 'node:fs';
import { AutopruneError } from '@autoprune/core';
import { describeGoldens } from '@autoprune/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pickle } from './__fixtures__/pickle-writer.js';
import { checkpointFile, temporaryFile } from './__fixtures__/read-outcome.js';
import { readTorchHeader } from './index.js';
import { unpickle } from './unpickler.js';

/** What the reader may take for any file whatsoever. */
const MAX_MILLISECONDS = 1000;

/** A valid result or CHECKPOINT_INVALID, in time; anything else fails the test. */
async function judge(path: string, fileBytes: number): Promise<'read' | 'refused'> {
  const before = performance.now();
  const result = await readTorchHeader(path).catch((reason: unknown) => reason);
  expect(performance.now() - before).toBeLessThan(MAX_MILLISECONDS);
  if (!Array.isArray(result)) {
    if (!AutopruneError.isInstance(result, 'CHECKPOINT_INVALID')) throw result;
    expect(result.message).not.toMatch(/[\n\r]/);
    expect(result.message.length).toBeLessThan(1000);
    return 'refused';
  }
  for (const { offset, length } of result) {
    expect(offset).toBeGreaterThanOrEqual(0);
    expect(offset + length).toBeLessThanOrEqual(fileBytes);
  }
  return 'read';
}

function judgePickle(bytes: Uint8Array): void {
  const before = performance.now();
  try {
    unpickle(Buffer.from(bytes), 'model.bin');
  } catch (error) {
    if (!AutopruneError.isInstance(error, 'CHECKPOINT_INVALID')) throw error;
  }
  expect(performance.now() - before).toBeLessThan(MAX_MILLISECONDS);
}

const small = checkpointFile(
  pickle.stateDict({ a: { shape: [2, 3], elements: 6 }, b: { shape: [4], key: '1' } }),
  { 0: new Uint8Array(24), 1: new Uint8Array(16) },
);
const smallPickle = pickle.stateDict({ a: { shape: [2, 3] }, b: { shape: [4], key: '1' } });

/** Edits of single bytes: to anything, or to values that lengths and flags turn on. */
const edits = (length: number) =>
  fc.array(
    fc.tuple(
      fc.nat({ max: length - 1 }),
      fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 1, 0x2e, 0x7f, 0x80, 0xff)),
    ),
    { minLength: 1, maxLength: 6 },
  );

/** Opcodes with plausible arguments, so that pickles get further than their first byte. */
const opcode = fc.oneof(
  fc.constantFrom(...'(012NG)]}lutesabRQ\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x93\x94'),
  fc.constantFrom('K\x01', 'M\x02\x00', 'J\xff\xff\xff\xff', '\x8a\x01\x05', 'X\x01\x00\x00\x00a'),
  fc.nat({ max: 5 }).map((index) => `q${String.fromCharCode(index)}`),
  fc.nat({ max: 5 }).map((index) => `h${String.fromCharCode(index)}`),
  fc.constantFrom(
    ...[
      pickle.global('collections', 'OrderedDict'),
      pickle.global('torch', 'Size'),
      pickle.global('torch._utils', '_rebuild_tensor_v2'),
      pickle.global('torch._utils', '_rebuild_parameter'),
      pickle.storage('HalfStorage', '0', 3),
      pickle.tensor({ shape: [1] }),
      pickle.integers([2, 3]),
      pickle.global('os', 'system'),
    ].map((bytes) => bytes.toString('latin1')),
  ),
);

describe('unpickle takes or refuses', () => {
  it('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        judgePickle(bytes);
        judgePickle(pickle.of(Buffer.from(bytes)));
      }),
      { numRuns: 3000 },
    );
  });

  it('any opcodes', () => {
    fc.assert(
      fc.property(fc.array(opcode, { maxLength: 60 }), (codes) =>
        judgePickle(pickle.of(codes.join(''))),
      ),
      { numRuns: 5000 },
    );
  });

  it('any damaged pickle of torch', () => {
    fc.assert(
      fc.property(edits(smallPickle.length), (changes) => {
        const bytes = Uint8Array.from(smallPickle);
        for (const [place, value] of changes) bytes[place] = value;
        judgePickle(bytes);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('readTorchHeader takes or refuses', () => {
  it('any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        await judge(temporaryFile(bytes), bytes.length);
        const zip = Buffer.concat([Buffer.from('PK\x03\x04'), bytes, small.subarray(-98)]);
        await judge(temporaryFile(zip), zip.length);
      }),
      { numRuns: 200 },
    );
  });

  it('any damaged or cut file', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(edits(small.length), fc.nat({ max: small.length * 4 }), async (all, cut) => {
        const bytes = Uint8Array.from(small);
        for (const [place, value] of all) bytes[place] = value;
        const left = bytes.subarray(0, cut);
        seen.add(await judge(temporaryFile(left), left.length));
      }),
      { numRuns: 1000 },
    );
    expect([...seen].sort()).toEqual(['read', 'refused']);
  });

  it('any pickle in a sound ZIP file', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(opcode, { maxLength: 40 }), async (codes) => {
        const bytes = checkpointFile(pickle.of(codes.join('')), { 0: new Uint8Array(6) });
        await judge(temporaryFile(bytes), bytes.length);
      }),
      { numRuns: 300 },
    );
  });
});

const real = [
  'autoprune/models/tiny8-next/llava/pytorch_model-00001-of-00002.bin',
  'models/checkpoints/llava15_bin/pytorch_model.bin',
];

describeGoldens('damaged torch checkpoints', real, (set) => {
  set.each(
    real,
    (name) => name,
    async (name) => {
      const path = temporaryFile(new Uint8Array(0));
      copyFileSync(set.path(name), path);
      const good = readFileSync(set.path(name));
      // The pickle is at the start and the directory at the end; values between them do not matter.
      const place = fc.oneof(
        fc.nat({ max: 20_000 }),
        fc.nat({ max: 20_000 }).map((back) => good.length - 1 - back),
        fc.nat({ max: 200 }).map((back) => good.length - 1 - back),
      );
      const changes = fc.array(fc.tuple(place, fc.nat({ max: 255 })), {
        minLength: 1,
        maxLength: 4,
      });
      const descriptor = openSync(path, 'r+');
      await fc.assert(
        fc.asyncProperty(changes, async (all) => {
          for (const [at, value] of all) writeSync(descriptor, Uint8Array.of(value), 0, 1, at);
          try {
            await judge(path, good.length);
          } finally {
            for (const [at] of all) writeSync(descriptor, good, at, 1, at);
          }
        }),
        { numRuns: 300 },
      );
      closeSync(descriptor);
      expect(await judge(path, good.length)).toBe('read');
    },
  );
});
