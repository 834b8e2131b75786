import { describe, expect, it } from 'vitest';
import { spread } from './statistics.js';

describe('the spread of values', () => {
  it('is the median and the quartiles, between two values where needed', () => {
    expect(spread([4, 1, 3, 2, 5])).toEqual({ median: 3, low: 2, high: 4, runs: 5 });
    expect(spread([1, 2])).toEqual({ median: 1.5, low: 1.25, high: 1.75, runs: 2 });
    expect(spread([7])).toEqual({ median: 7, low: 7, high: 7, runs: 1 });
  });
});
