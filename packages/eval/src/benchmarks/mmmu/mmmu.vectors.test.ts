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

/** Printed by the functions of lmms-eval and VLMEvalKit on these responses. */
const BY_OTHER_TOOLS: Readonly<Record<string, object>> = {
  lmms_eval: {
    mmmu_acc: 0.36333,
    random_fallback_ids: ['validation_Design_4', 'validation_Psychology_4'],
  },
  lmms_eval_before_736454b5: { mmmu_acc: 0.36556 },
  vlmevalkit_exact_matching: { overall: 0.36333333333333334 },
};

describeVectors(
  'MMMU by the rules of lmms-eval and VLMEvalKit',
  ({ benchmark, case: name }) => benchmark === 'mmmu' && name === 'real_llava15_13b',
  async ({ folder }) => {
    const { definitions } = await scoreBenchmark(findBenchmark('mmmu'), {
      predictions: folder,
      data: folder,
    });
    const metricsOf = Object.fromEntries(
      definitions.map(({ definition, metrics }) => [definition.name, metrics]),
    );
    expect(metricsOf).toMatchObject(BY_OTHER_TOOLS);
  },
);
