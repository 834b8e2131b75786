import fc from 'fast-check';
import { expect, it } from 'vitest';
import { typescriptKernels as reference } from '../src/index.js';
import { attention, floats, size, tokens } from './arbitraries.js';
import { describeNative } from './describe-native.js';

/** What two functions do: their result, or the message of their error. */
const outcome = (compute: () => unknown): unknown => {
  try {
    return compute();
  } catch (error) {
    return (error as Error).message;
  }
};

/** Sums of logarithms in another order. */
const INFORMATION_TOLERANCE = 1e-12;

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const scale = Math.max(1, Math.abs(expected[i]!));
    expect(Math.abs(actual[i]! - expected[i]!)).toBeLessThanOrEqual(tolerance * scale);
  }
}

const matrices = (maxRows: number, maxWidth: number) =>
  fc.tuple(size(maxRows), size(maxWidth)).chain(([rows, width]) => tokens(rows, width));

const attentions = fc.tuple(size(5), size(20), size(40)).chain(([heads, rows, columns]) =>
  fc.record({
    heads: fc.constant(heads),
    rows: fc.constant(rows),
    data: attention(heads, rows, columns),
  }),
);

describeNative('equal to the reference', (kernels, path) => {
  it(`has the name ${path}`, () => {
    expect(kernels.name).toBe(path);
  });

  it('ranks and selects, ties to the earlier token', () => {
    const cases = size(1500).chain((n) => fc.tuple(floats(n), fc.integer({ min: 0, max: n })));
    fc.assert(
      fc.property(cases, ([scores, count]) => {
        expect(kernels.rankTokens(scores, count)).toEqual(reference.rankTokens(scores, count));
        const selected = reference.selectTopTokens(scores, count);
        expect(kernels.selectTopTokens(scores, count)).toEqual(selected);
      }),
    );
  });

  it('means of attention', () => {
    fc.assert(
      fc.property(attentions, ({ data, heads, rows }) => {
        const expected = reference.meanAttention(data, heads, rows);
        expect(kernels.meanAttention(data, heads, rows)).toEqual(expected);
      }),
    );
  });

  it('mutual information', () => {
    fc.assert(
      fc.property(attentions, ({ data, heads, rows }) => {
        const expected = reference.mutualInformation(data, heads, rows);
        expectClose(kernels.mutualInformation(data, heads, rows), expected, INFORMATION_TOLERANCE);
      }),
    );
  });

  it('gathers rows', () => {
    const cases = matrices(30, 70).chain((matrix) =>
      fc.tuple(fc.constant(matrix), fc.array(fc.nat(matrix.rows - 1), { maxLength: 40 })),
    );
    fc.assert(
      fc.property(cases, ([{ data, width }, rows]) => {
        const list = Int32Array.from(rows);
        const expected = reference.gatherRows(data, width, list);
        expect(kernels.gatherRows(data, width, list)).toEqual(expected);
        const into = new Float32Array(expected.length).fill(7);
        expect(kernels.gatherRows(data, width, list, into)).toBe(into);
        expect(into).toEqual(expected);
      }),
    );
  });

  it('maps rows', () => {
    const weight = fc.oneof(fc.constant(1), fc.float({ min: -2, max: 2, noNaN: true }));
    const cases = matrices(30, 200).chain((matrix) =>
      fc.tuple(
        fc.constant(matrix),
        fc.array(fc.array(fc.tuple(fc.nat(matrix.rows - 1), weight), { maxLength: 6 }), {
          maxLength: 12,
        }),
      ),
    );
    fc.assert(
      fc.property(cases, ([{ data, rows, width }, outputs]) => {
        const entries = outputs.flat();
        let end = 0;
        const map = {
          kind: 'row-map' as const,
          inputRows: rows,
          outputRows: outputs.length,
          offsets: Int32Array.of(0, ...outputs.map((row) => (end += row.length))),
          inputs: Int32Array.from(entries, ([input]) => input),
          weights: Float32Array.from(entries, ([, each]) => each),
          anchors: new Int32Array(outputs.length),
        };
        const expected = reference.mapRows(data, width, map);
        expect(kernels.mapRows(data, width, map)).toEqual(expected);
        const into = new Float32Array(expected.length).fill(7);
        expect(kernels.mapRows(data, width, map, into)).toBe(into);
        expect(into).toEqual(expected);
      }),
    );
  });

  it('clusters by density peaks', () => {
    const cases = matrices(60, 40).chain((matrix) =>
      fc.tuple(
        fc.constant(matrix),
        fc.integer({ min: 1, max: matrix.rows }),
        fc.option(floats(matrix.rows, fc.float({ min: 0, max: 1, noNaN: true }))),
      ),
    );
    fc.assert(
      fc.property(cases, ([{ data, width }, clusters, noise]) => {
        const expected = reference.densityPeaks(data, width, clusters, noise ?? undefined);
        expect(kernels.densityPeaks(data, width, clusters, noise ?? undefined)).toEqual(expected);
      }),
    );
  });

  it('compares all rows', () => {
    fc.assert(
      fc.property(matrices(50, 40), ({ data, width }) => {
        const expected = reference.similarityMatrix(data, width);
        expect(kernels.similarityMatrix(data, width)).toEqual(expected);
      }),
    );
  });

  it('matches rows to targets', () => {
    const cases = matrices(60, 40).chain((matrix) =>
      fc.tuple(
        fc.constant(matrix),
        fc.array(fc.nat(matrix.rows - 1), { maxLength: 40 }),
        fc.array(fc.nat(matrix.rows - 1), { minLength: 1, maxLength: 40 }),
      ),
    );
    fc.assert(
      fc.property(cases, ([{ data, width }, rows, targets]) => {
        const given = [data, width, Int32Array.from(rows), Int32Array.from(targets)] as const;
        expect(kernels.nearestTargets(...given)).toEqual(reference.nearestTargets(...given));
      }),
    );
  });

  it('chooses by max–min diversity', () => {
    const cases = matrices(60, 40).chain((matrix) =>
      fc.tuple(fc.constant(matrix), fc.integer({ min: 0, max: matrix.rows })),
    );
    fc.assert(
      fc.property(cases, ([{ data, width }, count]) => {
        const expected = reference.selectMaxMin(data, width, count);
        expect(kernels.selectMaxMin(data, width, count)).toEqual(expected);
      }),
    );
  });

  it('chooses by a determinantal point process', () => {
    const relevance = fc.oneof(
      fc.constantFrom(0, 0.5, 1),
      fc.float({ min: 0, max: 1, noNaN: true }),
    );
    const cases = matrices(50, 40).chain((matrix) =>
      fc.tuple(
        fc.constant(matrix),
        floats(matrix.rows, relevance),
        fc.integer({ min: 0, max: matrix.rows }),
      ),
    );
    fc.assert(
      fc.property(cases, ([{ data, width }, relevances, count]) => {
        const expected = reference.selectDeterminantal(data, width, relevances, count);
        expect(kernels.selectDeterminantal(data, width, relevances, count)).toEqual(expected);
      }),
    );
  });

  it('scores text rows without the full map', () => {
    const cases = fc
      .record({
        keyHeads: size(3),
        group: size(3),
        width: size(20),
        rows: size(12),
        first: fc.nat(40),
        spare: fc.nat(3),
      })
      .chain(({ keyHeads, group, width, rows, first, spare }) => {
        const keyRows = first + rows + spare;
        const heads = keyHeads * group;
        return fc.record({
          queries: floats(heads * rows * width).map((data) => ({ data, heads, width })),
          keys: floats(keyHeads * keyRows * width).map((data) => ({
            data,
            heads: keyHeads,
            width,
          })),
          options: fc
            .array(fc.nat(keyRows - 1), { minLength: 1, maxLength: 30 })
            .map((columns) => ({ first, columns: Int32Array.from(columns) })),
        });
      });
    fc.assert(
      fc.property(cases, ({ queries, keys, options }) => {
        const expected = reference.attentionScores(queries, keys, options);
        const actual = kernels.attentionScores(queries, keys, options);
        // Weights are rounded to float32, which may fall the other way by one unit.
        expectClose(actual.mean, expected.mean, 1e-7);
        expectClose(actual.information, expected.information, 1e-6);
      }),
    );
  });
});

describeNative('refuses what the reference refuses, in its words', (kernels) => {
  const same = (call: (using: typeof kernels) => unknown) => {
    const expected = outcome(() => call(reference));
    expect(typeof expected).toBe('string');
    expect(outcome(() => call(kernels))).toBe(expected);
  };

  it.each([Number.NaN, Infinity, -Infinity])('%s anywhere', (bad) => {
    const cases = fc.tuple(fc.nat(34), floats(35));
    fc.assert(
      fc.property(cases, ([index, values]) => {
        values[index] = bad;
        const rows = Int32Array.of(0, 1);
        same((using) => using.rankTokens(values, 2));
        same((using) => using.selectTopTokens(values, 2));
        same((using) => using.similarityMatrix(values, 5));
        same((using) => using.nearestTargets(values, 5, rows, rows));
        same((using) => using.selectMaxMin(values, 5, 2));
        same((using) => using.selectDeterminantal(values, 5, new Float32Array(7), 2));
        same((using) => using.selectDeterminantal(new Float32Array(35), 1, values, 2));
        same((using) => using.mutualInformation(values.map(Math.abs), 1, 5));
        const head = { data: values, heads: 1, width: 5 };
        same((using) => using.attentionScores(head, head, { first: 0, columns: rows }));
      }),
    );
  });

  it('counts and shapes that do not fit', () => {
    const values = new Float32Array(12).fill(1);
    for (const count of [-1, 0.5, 13, Number.NaN]) {
      same((using) => using.rankTokens(values, count));
      same((using) => using.selectMaxMin(values, 1, count));
      same((using) => using.densityPeaks(values, 1, count));
    }
    for (const width of [0, -3, 5]) same((using) => using.densityPeaks(values, width, 1));
    for (const width of [0, -3, 5, 1.5]) same((using) => using.similarityMatrix(values, width));
    same((using) => using.meanAttention(values, 5, 1));
    same((using) => using.mutualInformation(values, 0, 1));
    for (const into of [new Float32Array(5), values.subarray(4, 8)]) {
      same((using) => using.gatherRows(values, 2, Int32Array.of(0, 1), into));
    }
  });
});
