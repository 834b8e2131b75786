import { describeVectors } from '@autoprune/testing';
import { expect } from 'vitest';
import { findBenchmark, scoreBenchmark } from '../../index.js';

describeVectors(
  'MMMU parses and judges as its script, random guesses too',
  ({ benchmark }) => benchmark === 'mmmu',
  async ({ folder, json, expected }) => {
    const { definitions, counts } = await scoreBenchmark(findBenchmark('mmmu'), {
      predictions: folder,
      data: folder,
    });
    const items = [...definitions[0]!.items];
    const judged = items.map(({ id, score }) => [id, score === 1 ? 'Correct' : 'Wrong']);
    expect(Object.fromEntries(judged)).toEqual(json('expected_judge.json'));
    const parsed = json<Record<string, string | (string | number)[]>>('expected_parsed.json');
    for (const { id, parsed: found, rule } of items) {
      const wanted = parsed[id];
      if (Array.isArray(wanted)) expect(new Set(found as [])).toEqual(new Set(wanted));
      else expect(found ?? rule.split(' ')[2]).toBe(wanted);
    }
    expect(definitions[0]!.metrics).toMatchObject({
      random_fallback_ids: expected.random_fallback_ids,
    });
    expect(counts.unparsed).toBe((expected.random_fallback_ids as string[]).length);
  },
);

describeVectors(
  'MMMU scores letters parsed before, from the two official files alone',
  ({ benchmark }) => benchmark === 'mmmu',
  async ({ folder, expected }) => {
    const { definitions } = await scoreBenchmark(findBenchmark('mmmu'), {
      predictions: `${folder}/total_val_output.json.gz`,
      data: `${folder}/answer_dict_val.json.gz`,
      definition: 'eval_only',
    });
    const { eval_only } = expected.metrics as { readonly eval_only: object };
    expect(definitions[0]!.metrics).toEqual({ eval_only });
  },
);
