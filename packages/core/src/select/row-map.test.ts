import { describe, expect, it } from 'vitest';
import { gatherRows, mapRows, rowMap } from './row-map.js';

const source = Float32Array.of(1, 2, 3, 4, 5, 6);
const rows = Int32Array.of(2, 0);
const map = rowMap(3, [
  [[1, 1]],
  [
    [0, 0.5],
    [2, 0.5],
  ],
]);

describe('memory that is given', () => {
  it('is what comes back, whatever it held', () => {
    const into = new Float32Array(4).fill(7);
    expect(gatherRows(source, 2, rows, into)).toBe(into);
    expect(into).toEqual(gatherRows(source, 2, rows));
    expect(mapRows(source, 2, map, into)).toBe(into);
    expect(into).toEqual(mapRows(source, 2, map));
  });

  it('is refused where it does not fit or lies in the buffer of the source', () => {
    const refused = (message: RegExp) =>
      expect.objectContaining({
        code: 'ARGUMENT_INVALID',
        message: expect.stringMatching(message),
      });
    for (const call of [
      (into: Float32Array) => gatherRows(source, 2, rows, into),
      (into: Float32Array) => mapRows(source, 2, map, into),
    ]) {
      const wrong = /2 rows × 2 values for into but received 3 values/;
      expect(() => call(new Float32Array(3))).toThrow(refused(wrong));
      expect(() => call(source.subarray(2))).toThrow(refused(/another buffer for into/));
    }
  });
});
