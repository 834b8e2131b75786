import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requireModestJson } from './json-shape.js';

const limits = { maxJsonDepth: 8, maxJsonValues: 100 };

/** Nesting of a parsed value. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('requireModestJson', () => {
  it('refuses exactly what nests deeper than the limit', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 12 }), (value) => {
        const check = () =>
          requireModestJson(JSON.stringify(value), { ...limits, maxJsonValues: Infinity });
        if (depthOf(value) > limits.maxJsonDepth) expect(check).toThrow('nests deeper');
        else expect(check).not.toThrow();
      }),
    );
  });

  it('counts values', () => {
    expect(() => requireModestJson(JSON.stringify(Array(100).fill(0)), limits)).not.toThrow();
    expect(() => requireModestJson(JSON.stringify(Array(102).fill(0)), limits)).toThrow(
      'more than 100 values',
    );
  });

  it('does not look into strings, however they end', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('[', '{', ',', '"', '\\', 'a') }), (text) => {
        const check = () =>
          requireModestJson(JSON.stringify([text]), { maxJsonDepth: 1, maxJsonValues: 1 });
        expect(check).not.toThrow();
      }),
    );
  });

  it('ends on texts that are no JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('[', ']', ',', '"', '\\') }), (text) => {
        try {
          requireModestJson(text, limits);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^JSON_/) });
        }
      }),
    );
  });
});
