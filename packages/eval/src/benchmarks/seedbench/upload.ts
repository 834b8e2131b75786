import { AutopruneError } from '@autoprune/core';
import type { Answer } from '../../answers.js';
import type { UploadFile } from '../../benchmark.js';
import { writePythonJson } from '../../files/python-json.js';
import { answersByKey, type SeedData } from './data.js';

/**
 * JSON Lines with `question_id` and `prediction`, in the order of the official file.
 *
 * @throws ANSWERS_INCOMPLETE where a question has no answer
 */
export function uploadSeed({ gold }: SeedData, answers: readonly Answer[]): UploadFile[] {
  const byKey = answersByKey(answers);
  const rows = gold.map(({ id, key }) => {
    const prediction = byKey.get(key);
    if (prediction !== undefined) return { question_id: id, prediction };
    throw new AutopruneError(
      'ANSWERS_INCOMPLETE',
      `SEED-Bench question ${id} has no answer; answer all ${gold.length} before the upload`,
      { id },
    );
  });
  const content = rows.map((row) => `${writePythonJson(row)}\n`).join('');
  return [{ name: 'seed_upload.jsonl', content }];
}
