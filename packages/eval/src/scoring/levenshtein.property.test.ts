import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { levenshtein } from './levenshtein.js';
import { pythonLength } from './python/text.js';

const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀'), maxLength: 12 });

describe('edit distance', () => {
  it('is a metric over code points', () => {
    fc.assert(
      fc.property(text, text, text, (first, second, third) => {
        const distance = levenshtein(first, second);
        expect(distance).toBe(levenshtein(second, first));
        expect(distance === 0).toBe(first === second);
        expect(distance).toBeLessThanOrEqual(
          levenshtein(first, third) + levenshtein(third, second),
        );
      }),
    );
  });

  it('lies between the difference and the maximum of the lengths', () => {
    fc.assert(
      fc.property(text, text, (first, second) => {
        const lengths = [pythonLength(first), pythonLength(second)] as const;
        const distance = levenshtein(first, second);
        expect(distance).toBeGreaterThanOrEqual(Math.abs(lengths[0] - lengths[1]));
        expect(distance).toBeLessThanOrEqual(Math.max(...lengths));
      }),
    );
  });

  it('counts an emoji as one character', () => {
    expect(levenshtein('😀', '')).toBe(1);
    expect(levenshtein('a😀b', 'a😁b')).toBe(1);
  });
});
