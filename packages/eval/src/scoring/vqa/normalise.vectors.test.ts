import { describeVectors } from '@autoprune/testing';
import { expect } from 'vitest';
import { cleanVqaAnswer, normaliseM4cAnswer, processVqaAnswer } from './normalise.js';

describeVectors(
  'answers are normalised as by VQA and m4c',
  ({ case: name }) => name === 'normaliser_table',
  ({ lines, expected }) => {
    const rows = lines<{ in: string; m4c: string; vqa: string }>('cases.jsonl');
    expect(rows).toHaveLength(Number(expected.count));
    for (const row of rows) {
      expect([row.in, normaliseM4cAnswer(row.in)]).toEqual([row.in, row.m4c]);
      expect([row.in, processVqaAnswer(cleanVqaAnswer(row.in))]).toEqual([row.in, row.vqa]);
    }
  },
);
