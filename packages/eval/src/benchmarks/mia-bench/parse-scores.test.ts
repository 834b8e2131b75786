import { describe, expect, it } from 'vitest';
import { findTotal, parseSentence } from './parse-scores.js';

const TYPES = ['describe', 'length'];
const REPLY =
  'score of component 1: 3/5, score of component 2: 5/5, total score: 8/10. The reply names the cat.';

describe('MIA-Bench grades', () => {
  it('are read from the first sentence, and the notebook takes the last component for the total', () => {
    expect(parseSentence(REPLY, TYPES, 'last')).toEqual({
      describe: 0.6,
      length: 1,
      total_score: 0.8,
    });
    expect(parseSentence(REPLY, TYPES, 'component')).toMatchObject({ total_score: 1 });
  });

  it.each([
    ['no numbers at all'],
    ['score of component 1: 3/5'],
    ['score of component 1: 3/0, total score: 8/10'],
    ['score of component 1: three/5, total score: 8/10'],
    ['component 1 3/5, total score: 8/10'],
    ['a: 1/2, b: 1/2, c: 1/2, total score: 3/6'],
  ])('are left out where the script fails: %j', (reply) => {
    expect(parseSentence(reply, TYPES, 'last')).toBeUndefined();
  });

  it.each([
    [REPLY, 0.8],
    ['**Total Score: 12 / 10**', 1],
    ['Component 2: 1/2. Component 1: 1/4', 0.375],
    ['Component 3: 1/2', 0],
    ['nothing', 0],
  ])('have the total of lmms-eval in %j', (reply, total) => {
    expect(findTotal(reply, TYPES)).toBe(total);
  });
});
