import { describe, expect, it } from 'vitest';
import { readVerdict, scoreByJudge, scoreByText } from './score.js';

const row = (id: string, version: string, answer: string, content?: string) => ({
  id,
  fields: { problem_version: version, answer: 'B', metadata: { subfield: 'Angle' } },
  answer,
  reply: content === undefined ? undefined : { content, model: 'judge', date: null },
});

const ROWS = [
  row('1', 'Text Lite', ' B\n', '1'),
  row('2', 'Text Lite', 'It is B', ' 1.'),
  row('3', 'Vision Only', 'C', '0'),
  row('4', 'Vision Only', 'B', 'Both are the same'),
];

describe('MathVerse', () => {
  it('compares texts by version', () => {
    expect(scoreByText(ROWS).metrics).toMatchObject({
      average: { accuracy: 50, correct: 2, total: 4 },
      problem_version: { 'Text Lite': { accuracy: 50 }, 'Vision Only': { accuracy: 50 } },
    });
  });

  it('takes the verdicts of a judge, wrong where there is none in the reply', () => {
    const { metrics, items } = scoreByJudge(ROWS);
    expect(metrics).toMatchObject({ average: { correct: 2, total: 4 }, judges: ['judge'] });
    expect(Array.from(items, ({ parsed }) => parsed)).toEqual([1, 1, 0, null]);
  });

  it.each([
    ['1', 1],
    [' 0', 0],
    ['yes', null],
    ['', null],
  ])('reads the verdict %j', (reply, verdict) => {
    expect(readVerdict(reply)).toBe(verdict);
  });
});
