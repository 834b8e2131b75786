import { describe, expect, it } from 'vitest';
import { readCorrectness, scoreByJudge } from './official.js';

const row = (index: string, content: string | undefined) => {
  const [category = '', subcategory = ''] = index.split('_');
  const fields = { index, category, 'l2-category': subcategory, answer: 'Yes' };
  const reply = content === undefined ? undefined : { content, model: 'judge', date: '2026-01-02' };
  return { id: index, fields, answer: 'It is.', reply };
};

describe('HallusionBench by a judge', () => {
  it.each([
    ['correct', 'correct'],
    ['Incorrect.', 'incorrect'],
    ['I cannot tell', 'unclear'],
  ])('reads %j', (reply, correctness) => {
    expect(readCorrectness(reply)).toBe(correctness);
  });

  it('counts questions, figures and pairs; unclear is right where there is no figure', () => {
    const { metrics } = scoreByJudge([
      row('VD_illusion_1_0_0_0', 'correct'),
      row('VD_illusion_1_0_1_0', 'incorrect'),
      row('VD_illusion_1_0_1_1', 'correct'),
      row('VS_chart_0_0_0_0', 'unclear'),
      row('VS_chart_1_0_1_0', 'correct'),
      row('VS_chart_1_0_1_1', undefined),
    ]);
    expect(metrics).toEqual({
      qAcc: 66.6667,
      fAcc: 66.6667,
      easy: 100,
      hard: 66.6667,
      aAcc: 80,
      judges: ['judge'],
      judged: 5,
      to_judge: 1,
      judged_from: '2026-01-02',
      judged_to: '2026-01-02',
    });
  });
});
