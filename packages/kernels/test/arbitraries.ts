import fc from 'fast-check';

/** Values that tie often, among them both zeros, or any finite ones of moderate size. */
const value = fc.oneof(
  fc.constantFrom(-1, -0, 0, 0.25, 0.5, 1, 3),
  fc.float({ min: -8, max: 8, noNaN: true }),
  fc.float({ min: Math.fround(-1e-38), max: Math.fround(1e-38), noNaN: true }),
);

/** `length` floats as a view that starts `offset` values into a larger buffer. */
export function floats(length: number, element: fc.Arbitrary<number> = value) {
  return fc
    .tuple(
      fc.integer({ min: 0, max: 5 }),
      fc.array(element, { minLength: length, maxLength: length }),
    )
    .map(([offset, values]) => {
      const buffer = new Float32Array(offset + length + 3).fill(Number.NaN);
      buffer.set(values, offset);
      return buffer.subarray(offset, offset + length);
    });
}

/** Rows of tokens, some of them equal and some zero. */
export function tokens(rows: number, width: number) {
  return fc
    .tuple(floats(rows * width), fc.array(fc.nat(rows * 3), { maxLength: rows }))
    .map(([data, copies]) => {
      copies.forEach((from, row) => {
        if (from < rows) data.copyWithin(row * width, from * width, (from + 1) * width);
        else if (from > rows * 2.5) data.fill(0, row * width, (row + 1) * width);
      });
      return { data, rows, width };
    });
}

/** Sizes around the widths of vectors and the limits of tiles. */
export const size = (max: number) =>
  fc.oneof(
    fc.integer({ min: 1, max }),
    fc.constantFrom(1, 2, 7, 8, 9, 15, 16, 17).filter((n) => n <= max),
  );

/** Attention [heads, rows, columns] with rows that sum to at most 1. */
export function attention(heads: number, rows: number, columns: number) {
  return floats(
    heads * rows * columns,
    fc.oneof(fc.constantFrom(0, 0.5, 1), fc.float({ min: 0, max: 1, noNaN: true })),
  ).map((data) => {
    for (let i = 0; i < data.length; i++) data[i]! /= columns;
    return data;
  });
}

/** Many values from one seed, some of them equal: as drawn one by one they would take longer than what they test. */
export const manyFloats = (length: number) =>
  fc.integer().map((seed) => {
    let state = seed;
    return Float32Array.from({ length }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state < 2 ** 28 ? 0.5 : state / 2 ** 31 - 1;
    });
  });
