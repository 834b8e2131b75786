import { describe, expect, it } from 'vitest';
import { attentionRow } from './attention-row.js';
import { cosines, exactCosines } from './cosine.js';
import { percentile } from './percentile.js';
import { poolRow } from './pool-row.js';
import { projectHeads } from './project-heads.js';
import { rotateInPlace } from './rotary.js';
import { softmaxInPlace } from './softmax.js';
import { rowCount } from './tensors.js';

describe('cosines', () => {
  it('are 0 for a zero row, with itself too (rule Z)', () => {
    const cosine = cosines({ data: Float32Array.of(0, 0, 3, 4), width: 2 });
    expect([cosine(0, 0), cosine(0, 1), cosine(1, 1)]).toEqual([0, 0, 1]);
  });

  it('are equal to the last bit for rows that point the same way', () => {
    const rows = { data: Float32Array.of(0.1, 0.7, 0.2, 1.4, 3, 21, 1, 0), width: 2 };
    const cosine = cosines(rows);
    expect(cosine(0, 1)).toBe(1);
    expect(cosine(0, 3)).toBe(cosine(2, 3));
    expect(exactCosines(rows)(1, 3)).toBeCloseTo(cosine(1, 3), 6);
  });

  it('neither overflow nor underflow', () => {
    const cosine = cosines({ data: Float32Array.of(3e38, 3e38, 1e-45, 1e-45), width: 2 });
    expect(cosine(0, 1)).toBe(1);
  });
});

it('interpolates percentiles as numpy does', () => {
  expect(percentile([1, 2, 3, 4], 0.25)).toBe(1.75);
  expect(percentile([1, 2, 3, 4], 0.75)).toBe(3.25);
  expect(percentile([5], 0.75)).toBe(5);
});

it('takes the softmax of the first values only', () => {
  const values = Float64Array.of(1000, 1000, 7);
  softmaxInPlace(values, 2);
  expect(Array.from(values)).toEqual([0.5, 0.5, 7]);
});

it('divides by the kernel at the borders of a mean pool', () => {
  const row = Float32Array.of(5, 5, 5, 5, 5);
  expect(Array.from(poolRow(row, 5, 'mean'))).toEqual([3, 4, 5, 4, 3]);
  expect(Array.from(poolRow(Float32Array.of(1, 3, 2), 3, 'max'))).toEqual([3, 3, 3]);
});

it('turns pairs of values by their position and keeps their length', () => {
  const row = Float32Array.of(9, 1, 2, 3, 4);
  rotateInPlace(row, 1, 4, 3, 10000);
  const angle = 3 / 100;
  expect(row[0]).toBe(9);
  expect(row[1]).toBeCloseTo(Math.cos(3) - 3 * Math.sin(3), 5);
  expect(row[3]).toBeCloseTo(3 * Math.cos(3) + Math.sin(3), 5);
  expect(row[2]).toBeCloseTo(2 * Math.cos(angle) - 4 * Math.sin(angle), 5);
  expect(Math.hypot(row[2]!, row[4]!)).toBeCloseTo(Math.hypot(2, 4), 5);
});

it('projects to heads, and to the plain product at position 0', () => {
  const hidden = { data: Float32Array.of(1, 2, 3, 4), width: 2 };
  const weight = { data: Float32Array.of(1, 0, 0, 1, 1, 1, 1, -1), width: 2 };
  const { data, heads, width } = projectHeads(hidden, [0, 0], { weight, headSize: 2 });
  expect([heads, width]).toEqual([2, 2]);
  expect(Array.from(data)).toEqual([1, 2, 3, 4, 3, -1, 7, -1]);
});

it('serves several query heads by one key head', () => {
  const queries = { data: Float32Array.of(0, 0, 9), heads: 3, width: 1 };
  const keys = { data: Float32Array.of(1, 2), heads: 1, width: 1 };
  const row = new Float64Array(2);
  attentionRow(queries, keys, 1, 0, 2, row);
  expect(Array.from(row)).toEqual([0.5, 0.5]);
  attentionRow(queries, keys, 2, 0, 2, row);
  expect(row[1]).toBeGreaterThan(0.999);
});

it('names the value that is not finite', () => {
  const data = Float32Array.of(1, Number.NaN);
  expect(() => rowCount('features', { data, width: 1 })).toThrow(/features\[1\] is NaN/);
  expect(() => rowCount('features', { data, width: 3 })).toThrow(/features rows \(2 values/);
});
