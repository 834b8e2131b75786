import { describeVectors } from '@autoprune/testing';
import { expect } from 'vitest';
import { differences } from '../../../test/expect-metrics.js';
import { readAnswerFile } from '../../answers.js';
import { openInput } from '../../files/input.js';
import { scoreBenchmark } from '../../score.js';
import { convertMmeAnswer, readMme } from './data.js';
import type { MmeLine } from './lines.js';
import { mme } from './mme.js';

describeVectors(
  'MME prints as its script, and lmms-eval agrees with itself',
  ({ benchmark }) => benchmark === 'mme',
  async ({ folder, text, expected }) => {
    const { definitions } = await scoreBenchmark(mme, { predictions: folder, data: folder });
    expect(definitions[0]!.printed).toBe(text('expected_stdout.txt'));
    const { lmms_eval: wanted } = expected.alternative_scorers as { lmms_eval: unknown };
    expect(differences(definitions[1]!.metrics, wanted)).toEqual([]);
  },
);

describeVectors(
  'MME converts LLaVA answers into official result files',
  ({ benchmark, case: name }) => benchmark === 'mme' && name.startsWith('real'),
  async ({ folder, text }) => {
    const { gold } = await readMme(await openInput(folder));
    const byTask = new Map<string, MmeLine[]>();
    for (const answer of await readAnswerFile(`${folder}/answers.jsonl.gz`)) {
      const line = convertMmeAnswer(gold, answer)!;
      byTask.set(line.task, [...(byTask.get(line.task) ?? []), line]);
    }
    for (const [task, lines] of byTask) {
      const titled = { yes: 'Yes', no: 'No' };
      const written = lines.map(
        (line) => `${line.file}\t${line.question}\t${titled[line.gold]}\t${line.answer}\n`,
      );
      expect(written.join('')).toBe(text(`results/${task}.txt`));
    }
  },
);
