import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseQuestions } from './choose-questions.js';
import { splitOf } from './split.js';

const questions = Array.from({ length: 2000 }, (_, row) => ({
  id: String(row),
  text: 'What?',
  images: [],
  maxNewTokens: 8,
}));
const idsOf = (name: 'tuning' | 'test', tuningShare: number, limit = questions.length) =>
  chooseQuestions(questions, { limit, split: { name, tuningShare } }).map(({ id }) => id);

describe('splitOf', () => {
  it('divides the questions into two parts near the share', () => {
    const tuning = idsOf('tuning', 0.2);
    const test = idsOf('test', 0.2);
    expect(new Set([...tuning, ...test]).size).toBe(questions.length);
    expect(tuning.length + test.length).toBe(questions.length);
    expect(Math.abs(tuning.length - 400)).toBeLessThan(80);
  });

  it('depends on nothing but the id', () => {
    const whole = new Set(idsOf('tuning', 0.3));
    for (const id of idsOf('tuning', 0.3, 100)) expect(whole.has(id)).toBe(true);
  });

  it('only adds to the tuning split as its share grows', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.string(), share, share, (id, a, b) => {
        if (splitOf(id, Math.min(a, b)) !== 'tuning') return;
        expect(splitOf(id, Math.max(a, b))).toBe('tuning');
      }),
    );
  });
});
