import { describe, expect, it } from 'vitest';
import { bestToken, createSampler } from './sampler.js';

const logits = Float32Array.of(1, 3, 2, 3, -Infinity + 0);
const finite = Float32Array.of(1, 3, 2, 3, -5);

describe('createSampler', () => {
  it('takes the best token at temperature 0, the lower id where two tie', () => {
    expect(createSampler()(finite)).toBe(1);
  });

  it('draws the same tokens for the same seed', () => {
    const draws = (seed: number) => {
      const sample = createSampler({ temperature: 2, seed });
      return Array.from({ length: 50 }, () => sample(finite));
    };
    expect(draws(1)).toEqual(draws(1));
    expect(draws(1)).not.toEqual(draws(2));
  });

  it('draws in proportion to the probabilities', () => {
    const sample = createSampler({ temperature: 1, seed: 4 });
    const counts = new Array<number>(5).fill(0);
    for (let i = 0; i < 20_000; i++) counts[sample(finite)]!++;
    const weights = Array.from(finite, Math.exp);
    const total = weights.reduce((a, b) => a + b, 0);
    counts.forEach((count, id) => {
      expect(count / 20_000).toBeCloseTo(weights[id]! / total, 1);
    });
  });

  it('draws only from the top k', () => {
    const sample = createSampler({ temperature: 5, topK: 2 });
    for (let i = 0; i < 200; i++) expect([1, 3]).toContain(sample(finite));
  });

  it('draws only from the tokens that together reach top p', () => {
    const sample = createSampler({ temperature: 1, topP: 0.5 });
    for (let i = 0; i < 200; i++) expect([1, 3]).toContain(sample(finite));
    const narrow = createSampler({ temperature: 1, topP: 0.01 });
    for (let i = 0; i < 50; i++) expect(narrow(finite)).toBe(1);
  });

  it('refuses options out of range', () => {
    expect(() => createSampler({ temperature: -1 })).toThrow(/temperature/);
    expect(() => createSampler({ topP: 0 })).toThrow(/topP/);
    expect(() => createSampler({ topK: 1.5 })).toThrow(/topK/);
  });
});

it('bestToken refuses logits that are not finite, naming the token', () => {
  expect(() => bestToken(logits)).toThrow(/-Infinity as logit of token 4/);
  expect(() => bestToken(Float32Array.of(0, Number.NaN))).toThrow(/NaN as logit of token 1/);
});
