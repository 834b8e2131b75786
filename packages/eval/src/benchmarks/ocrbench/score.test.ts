import { describe, expect, it } from 'vitest';
import { scoreByLmmsEval, scoreByOcrBench } from './score.js';

const row = (dataset_name: string, answers: string[], id: string) => ({
  id,
  fields: { dataset_name, type: 'Regular Text Recognition', answers },
});
const ROWS = [
  row('HME100k', ['x ^ 2'], '0'),
  row('IIIT5K', ['Centre'], '1'),
  row('IIIT5K', ['OPEN'], '2'),
];
const ANSWERED = [
  { ...ROWS[0]!, answer: 'it is x^2' },
  { ...ROWS[2]!, answer: 'ＯＰＥＮ' },
];

describe('OCRBench', () => {
  it('reports by source data set when it has not 1,000 rows; unanswered rows count', () => {
    const { printed, metrics, denominator } = scoreByOcrBench(ANSWERED, ROWS);
    expect(printed).toBe('IIIT5K: 0.0\nHME100k: 1.0\n');
    expect(metrics).toMatchObject({ final_score: 1, questions: 3 });
    expect(denominator).toBe(2);
  });

  it('folds full-width letters in lmms-eval alone', () => {
    expect(scoreByLmmsEval(ANSWERED).metrics).toMatchObject({ correct: 2 });
  });

  it('minds the case of formulas alone', () => {
    const upper = [{ ...ROWS[0]!, answer: 'X^2' }];
    expect(scoreByOcrBench(upper, ROWS).items).toMatchObject([{ score: 0 }]);
  });
});
