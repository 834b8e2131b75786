import { describeVectors } from '@autoprune/testing';
import { expect } from 'vitest';
import { openInput } from '../../files/input.js';
import { scoreBenchmark } from '../../score.js';
import { readScienceQa } from './data.js';
import { scienceqa } from './scienceqa.js';
import { indexOf } from './score.js';

describeVectors(
  'ScienceQA parses and counts as the scripts',
  ({ benchmark }) => benchmark === 'scienceqa',
  async ({ folder, json, expected }) => {
    const { definitions } = await scoreBenchmark(scienceqa, { predictions: folder, data: folder });
    const [llava, categories] = definitions;
    const items = Array.from(llava!.items);
    const parsedById = items.map(({ id, parsed }) => [id, parsed ?? 'FAILED']);
    expect(Object.fromEntries(parsedById)).toEqual(json('expected_parsed.json'));
    const { problems } = await readScienceQa(await openInput(folder));
    const indices = items.map(({ id, parsed }) => [
      id,
      indexOf(parsed as string | null, problems.get(id)!),
    ]);
    expect(Object.fromEntries(indices)).toEqual(json('expected_results.json'));
    if (expected.category_scores) expect(categories!.metrics).toEqual(expected.category_scores);
  },
);
