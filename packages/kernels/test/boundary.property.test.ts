import { createRequire } from 'node:module';
import { AutopruneError } from '@autoprune/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Addon, AddonFunctions } from '../src/addon.js';
import { addonCandidates } from '../src/find-addon.js';
import { describeNative } from './describe-native.js';

function detached(): Float32Array {
  const values = new Float32Array(8);
  structuredClone(values.buffer, { transfer: [values.buffer] });
  return values;
}

/** Values of every kind that JavaScript can pass, among them valid ones, so that some calls get far. */
const argument = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, true, 'scores', Symbol('s'), {}, [], () => 0, 10n),
  fc.constantFrom<unknown>(-1, 0, 1, 2, 3, 4, 1.5, 1e300, 2 ** 31, Number.NaN, Infinity),
  fc
    .tuple(
      fc.constantFrom(Float32Array, Float64Array, Int32Array, Uint8Array, BigInt64Array),
      fc.constantFrom(0, 1, 2, 4, 6, 8, 12, 16, 64),
    )
    .map(([Kind, length]) => new Kind(length)),
  fc.int32Array({ min: -3, max: 9, maxLength: 16 }),
  fc.float32Array({ maxLength: 64 }),
  fc.constant(new Float32Array(new SharedArrayBuffer(32))),
  fc.constant(null).map(detached),
  fc.constant(new DataView(new ArrayBuffer(16))),
  fc.constant(new ArrayBuffer(16)),
);

describeNative('the boundary', (kernels, path) => {
  const [candidate] = addonCandidates();
  const addon = createRequire(import.meta.url)(candidate!.path) as Addon;
  const functions = addon.kernels(path);
  const names = Object.keys(functions) as (keyof AddonFunctions)[];

  it.each(names)('%s answers any arguments with a boolean or an error', (name) => {
    const call = functions[name] as (...given: unknown[]) => unknown;
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 10 }), (given) => {
        try {
          expect(typeof call(...given)).toBe('boolean');
        } catch (error) {
          expect(error).toMatchObject({ code: 'ARGUMENT_INVALID' });
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('answers any arguments of sessions, plans and decoders with an error', async () => {
    const { open: _, ...functions } = addon.onnxruntime;
    const nested = fc.oneof(
      argument,
      fc.array(argument, { maxLength: 8 }),
      fc.array(fc.array(argument, { maxLength: 17 }), { maxLength: 3 }),
      fc.constant([8, 8, 2, 1, 4, 1e-5]),
      fc.constant([[import.meta.filename, Array(16).fill(0)]]),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.values(functions)),
        fc.array(nested, { maxLength: 5 }),
        async (call, given) => {
          // A plan of no steps, and a decoder that a file happens to hold, are none.
          await Promise.resolve()
            .then(() => (call as (...given: unknown[]) => unknown)(...given))
            .catch((error: unknown) => expect(error).toBeInstanceOf(Error));
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('survives outputs that lie over the inputs', () => {
    const length = 64;
    const kind = fc.constantFrom('f', 'd', 'i', 'n');
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.array(fc.tuple(kind, fc.nat(12), fc.nat(32)), { maxLength: 10 }),
        fc.int32Array({ min: -2, max: 12, minLength: length, maxLength: length }),
        (name, shapes, content) => {
          const { buffer } = content.slice();
          const given = shapes.map(([one, offset, size]) => {
            if (one === 'n') return size % 6;
            if (one === 'd') return new Float64Array(buffer, offset * 8, Math.min(size, 4));
            const View = one === 'f' ? Float32Array : Int32Array;
            return new View(buffer, offset * 4, size);
          });
          try {
            (functions[name] as (...given: unknown[]) => unknown)(...given);
          } catch (error) {
            expect(error).toMatchObject({ code: 'ARGUMENT_INVALID' });
          }
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('names what it expects of shared and of transferred memory', () => {
    const shared = new Float32Array(new SharedArrayBuffer(16));
    expect(() => kernels.rankTokens(shared, 2)).toThrow(
      /memory that is not shared \(copy it first\)/,
    );
    expect(() => kernels.rankTokens(detached(), 0)).toThrow(/not transferred away for scores/);
    try {
      kernels.rankTokens(shared, 2);
    } catch (error) {
      expect(AutopruneError.isInstance(error, 'ARGUMENT_INVALID')).toBe(true);
      expect((error as Error).cause).toBeInstanceOf(TypeError);
    }
  });

  it('gives an error for arrays of the wrong kind', () => {
    const wrong = new Float64Array(4) as unknown as Float32Array;
    expect(() => kernels.rankTokens(wrong, 2)).toThrow(/Expected Float32Array for scores/);
    expect(() => kernels.similarityMatrix(wrong, 2)).toThrow(/Expected Float32Array for tokens/);
  });

  it('gives the kernels of no unknown name', () => {
    for (const name of ['mmx', '', undefined, 3, {}]) {
      expect(() => addon.kernels(name as string)).toThrow(/Expected one of `paths`/);
    }
  });
});
