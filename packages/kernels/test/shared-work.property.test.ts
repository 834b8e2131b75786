import fc from 'fast-check';
import { expect, it } from 'vitest';
import { typescriptKernels as reference } from '../src/index.js';
import { manyFloats } from './arbitraries.js';
import { describeNative } from './describe-native.js';

/** As large as it takes for several threads to share a call: few cases, because the reference takes long for each. */
const few = { numRuns: 6 };
const ROWS = 211;
const WIDTH = 103;
const matrices = manyFloats(ROWS * WIDTH);
const positions = (length: number) =>
  fc
    .array(fc.nat(ROWS - 1), { minLength: length, maxLength: length })
    .map((list) => Int32Array.from(list));

describeNative('equal to the reference where threads share the work', (kernels) => {
  it('of distances, cosines and clusters', () => {
    fc.assert(
      fc.property(matrices, (data) => {
        const similarity = reference.similarityMatrix(data, WIDTH);
        expect(kernels.similarityMatrix(data, WIDTH)).toEqual(similarity);
        const peaks = reference.densityPeaks(data, WIDTH, 9);
        expect(kernels.densityPeaks(data, WIDTH, 9)).toEqual(peaks);
      }),
      few,
    );
  });

  it('of matching rows to targets', () => {
    fc.assert(
      fc.property(matrices, positions(180), positions(190), (data, rows, targets) => {
        const expected = reference.nearestTargets(data, WIDTH, rows, targets);
        expect(kernels.nearestTargets(data, WIDTH, rows, targets)).toEqual(expected);
      }),
      few,
    );
  });

  it('of choosing diverse tokens', () => {
    fc.assert(
      fc.property(matrices, manyFloats(ROWS), (data, values) => {
        const diverse = reference.selectMaxMin(data, WIDTH, 60);
        expect(kernels.selectMaxMin(data, WIDTH, 60)).toEqual(diverse);
        // Beyond the rank, where nothing adds anything any more.
        const relevance = values.map(Math.abs);
        const expected = reference.selectDeterminantal(data, WIDTH, relevance, 120);
        expect(kernels.selectDeterminantal(data, WIDTH, relevance, 120)).toEqual(expected);
      }),
      few,
    );
  });

  it('of attention, the same at every call', () => {
    const [heads, rows, keyRows, width] = [6, 31, 330, 70];
    const cases = fc.tuple(manyFloats(heads * rows * width), manyFloats(heads * keyRows * width));
    fc.assert(
      fc.property(cases, ([queryData, keyData]) => {
        const queries = { data: queryData, heads, width };
        const keys = { data: keyData, heads, width };
        const columns = Int32Array.from({ length: 280 }, (_, index) => index);
        const options = { first: keyRows - rows, columns };
        const scores = kernels.attentionScores(queries, keys, options);
        const expected = reference.attentionScores(queries, keys, options);
        scores.mean.forEach((value, at) => {
          expect(value).toBeCloseTo(expected.mean[at]!, 7);
        });
        scores.information.forEach((value, head) => {
          expect(value).toBeCloseTo(expected.information[head]!, 6);
        });
        expect(kernels.attentionScores(queries, keys, options)).toEqual(scores);
        const information = kernels.mutualInformation(keyData.map(Math.abs), heads, keyRows);
        reference
          .mutualInformation(keyData.map(Math.abs), heads, keyRows)
          .forEach((value, head) => {
            expect(information[head]! / value).toBeCloseTo(1, 12);
          });
      }),
      few,
    );
  });

  it('of refusing what is not finite in the last part', () => {
    const map = new Float32Array(8 * 60 * 600).fill(1 / 600);
    map[map.length - 1] = Number.NaN;
    const call = (using: typeof kernels) => () => using.mutualInformation(map, 8, 60);
    expect(call(kernels)).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
    expect(call(reference)).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
  });
});
