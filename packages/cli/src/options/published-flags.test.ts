import { describe, expect, it } from 'vitest';
import { rewritePublishedFlags } from './published-flags.js';

describe('rewritePublishedFlags', () => {
  it.each([
    [
      ['--few-shot', 'shots.jsonl'],
      ['--examples', 'shots.jsonl'],
    ],
    [['--few-shot=a=b.jsonl'], ['--examples=a=b.jsonl']],
    [
      ['--fast-v-agg-layer', '3'],
      ['--param', 'layer=3'],
    ],
    [['--fast-v-attention-rank=72'], ['--param', 'keep=72']],
    [
      ['--target-token-num=64', '--', '--few-shot'],
      ['--target-tokens=64', '--', '--few-shot'],
    ],
    [
      ['--examples', 'shots.jsonl'],
      ['--examples', 'shots.jsonl'],
    ],
  ])('reads %j as %j', (given, ours) => {
    expect(rewritePublishedFlags(given)).toEqual(ours);
  });
});
