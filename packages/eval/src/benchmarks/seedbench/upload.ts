import type { Answer } from '../../answers.js';
import type { UploadFile } from '../../benchmark.js';
import { writePythonJson } from '../../files/python-json.js';
import { requireDistinct, requireEveryAnswer } from '../../upload-checks.js';
import { answersByKey, type SeedData } from './data.js';

const TITLE = 'SEED-Bench';

/**
 * JSON Lines with `question_id` and `prediction`, in the order of the official file.
 *
 * @throws DATA_INVALID where two questions have one id
 * @throws ANSWERS_INCOMPLETE where a question has no answer
 */
export function uploadSeed({ gold }: SeedData, answers: readonly Answer[]): UploadFile[] {
  const byKey = answersByKey(answers);
  const keys = gold.map(({ key }) => key);
  requireDistinct(TITLE, 'question id', keys);
  requireEveryAnswer(TITLE, keys, (key) => byKey.has(key));
  const content = gold
    .map(({ id, key }) => `${writePythonJson({ question_id: id, prediction: byKey.get(key) })}\n`)
    .join('');
  return [{ name: 'seed_upload.jsonl', content }];
}
