import fc from 'fast-check';
import { expect, it } from 'vitest';
import { loadKernels, type ResampleWeights } from '../src/index.js';
import { size } from './arbitraries.js';
import { describeNative } from './describe-native.js';

/** A weighed byte, by its definition. */
const weighed = (inputs: number[], weights: number[]) => {
  const sum = inputs.reduce((all, input, tap) => all + input * weights[tap]!, 2 ** 21);
  return Math.min(255, Math.max(0, Math.floor(sum / 2 ** 22)));
};

/** Weights of either sign whose sums stay below 2^31, as those of a filter that overshoots. */
const axisOf = (inputs: number, outputs: number): fc.Arbitrary<ResampleWeights> => {
  const tap = fc.integer({ min: -(2 ** 20), max: 2 ** 20 });
  const output = fc.nat(inputs - 1).chain((first) =>
    fc.record({
      first: fc.constant(first),
      weights: fc.array(tap, { minLength: 1, maxLength: Math.min(6, inputs - first) }),
    }),
  );
  return fc.array(output, { minLength: outputs, maxLength: outputs }).map((each) => {
    const stride = Math.max(...each.map(({ weights }) => weights.length));
    const weights = new Int32Array(outputs * stride);
    each.forEach((one, index) => {
      weights.set(one.weights, index * stride);
    });
    return {
      first: Int32Array.from(each, ({ first }) => first),
      count: Int32Array.from(each, (one) => one.weights.length),
      weights,
    };
  });
};

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

/** Inputs and weights of one output. */
function tapsOf(axis: ResampleWeights, output: number) {
  const stride = axis.weights.length / axis.first.length;
  const taps = Array.from({ length: axis.count[output]! }, (_, tap) => tap);
  return {
    inputs: taps.map((tap) => axis.first[output]! + tap),
    weights: taps.map((tap) => axis.weights[output * stride + tap]!),
  };
}

describeNative('pictures', (_, path) => {
  const kernels = loadKernels({ use: path }).picture!;

  it('weighs the pixels of rows', () => {
    const cases = fc
      .tuple(size(40), size(40), fc.integer({ min: 1, max: 4 }), size(20), fc.nat(3))
      .chain(([rows, columns, channels, outputs, gap]) =>
        fc.record({
          shape: fc.constant({ rows, columns, channels }),
          gap: fc.constant(gap),
          source: bytesOf(rows * columns * channels),
          axis: axisOf(columns, outputs),
        }),
      );
    fc.assert(
      fc.property(cases, ({ shape, gap, source, axis }) => {
        const { rows, columns, channels } = shape;
        const outputs = axis.first.length;
        const stride = outputs * channels + gap;
        const out = new Uint8Array(rows * stride).fill(7);
        expect(kernels.weighColumns(source, shape, axis, out, stride)).toBe(true);
        const expected = out.map((_, at) => {
          const [row, x] = [Math.floor(at / stride), at % stride];
          if (x >= outputs * channels) return 7;
          const { inputs, weights } = tapsOf(axis, Math.floor(x / channels));
          const pixel = (column: number) =>
            source[(row * columns + column) * channels + (x % channels)]!;
          return weighed(inputs.map(pixel), weights);
        });
        expect(out).toEqual(expected);
      }),
    );
  });

  it('weighs whole rows', () => {
    const cases = fc
      .tuple(size(12), size(20), size(70), size(8), fc.nat(3))
      .chain(([sourceRows, inputs, bytes, outputs, gap]) =>
        fc.record({
          shape: fc.constant({ stride: bytes + gap, bytes }),
          source: bytesOf(sourceRows * (bytes + gap)),
          rows: fc.array(fc.nat(sourceRows - 1), { minLength: inputs, maxLength: inputs }),
          axis: axisOf(inputs, outputs),
        }),
      );
    fc.assert(
      fc.property(cases, ({ shape, source, rows, axis }) => {
        const { bytes, stride } = shape;
        const out = new Uint8Array(axis.first.length * bytes);
        const list = Int32Array.from(rows);
        expect(kernels.weighRows(source, shape, list, axis, out, bytes)).toBe(true);
        const expected = out.map((_, at) => {
          const { inputs, weights } = tapsOf(axis, Math.floor(at / bytes));
          return weighed(
            inputs.map((input) => source[rows[input]! * stride + (at % bytes)]!),
            weights,
          );
        });
        expect(out).toEqual(expected);
      }),
    );
  });

  it('normalises', () => {
    const number = fc.double({ min: -4, max: 4, noNaN: true });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), number, number, (pixels, mean, factor) => {
        const deviation = 0.26130258;
        const values = new Float32Array(pixels.length);
        expect(kernels.normalisePixels(pixels, { factor, mean, deviation }, values)).toBe(true);
        const expected = Float32Array.from(
          pixels,
          (byte) =>
            Math.fround(Math.fround(byte * factor) - Math.fround(mean)) / Math.fround(deviation),
        );
        expect(values).toEqual(expected);
      }),
    );
  });

  it('leaves taps and rows that are not there to the caller', () => {
    const source = new Uint8Array(12);
    const out = new Uint8Array(12);
    const one = (first: number, count: number, stride = 2) => ({
      first: Int32Array.of(first),
      count: Int32Array.of(count),
      weights: new Int32Array(stride),
    });
    const shape = { rows: 1, columns: 4, channels: 3 };
    for (const axis of [one(-1, 1), one(3, 2), one(4, 1), one(0, 3), one(0, -1)]) {
      expect(kernels.weighColumns(source, shape, axis, out, 12)).toBe(false);
      const rows = Int32Array.of(0, 1, 2, 3);
      expect(kernels.weighRows(source, { stride: 3, bytes: 3 }, rows, axis, out, 3)).toBe(false);
    }
    for (const row of [-1, 4]) {
      const rows = Int32Array.of(row);
      const refused = kernels.weighRows(source, { stride: 3, bytes: 3 }, rows, one(0, 1), out, 3);
      expect(refused).toBe(false);
    }
  });
});
