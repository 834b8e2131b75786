import { AutopruneError } from '@autoprune/core';
import type { UploadFile } from '../../benchmark.js';
import { writePythonJson } from '../../files/python-json.js';
import { normaliseM4cAnswer } from '../../scoring/vqa/normalise.js';
import { requireDistinct, requireForm, requireSomeAnswer, WHOLE_ID } from '../../upload-checks.js';
import type { VqaAnswers, VqaData } from './data.js';

const TITLE = 'VQAv2';
/** Questions of test-dev, which is a part of the test2015 that the server takes. */
export const TEST_DEV_QUESTIONS = 107_394;

/**
 * As LLaVA's converter: one row a question of the question file, normalised by m4c, empty where there is no answer.
 *
 * @throws DATA_INVALID where the server could not tell questions apart, or the question file is that of test-dev
 * @throws ANSWERS_MISMATCH when all rows would be empty
 */
export function uploadVqa({ asked, annotations }: VqaData, { texts }: VqaAnswers): UploadFile[] {
  const ids = asked.length > 0 ? asked.map(({ id }) => id) : [...annotations.keys()];
  requireForm(TITLE, 'question id', ids, WHOLE_ID);
  requireDistinct(TITLE, 'question id', ids);
  if (ids.length === TEST_DEV_QUESTIONS) {
    throw new AutopruneError(
      'DATA_INVALID',
      `the data has the ${ids.length} questions of test-dev alone, and the server takes all 447793 of test2015, unanswered ones empty; put llava_vqav2_mscoco_test2015.jsonl into the data folder`,
      { questions: ids.length },
    );
  }
  requireSomeAnswer(TITLE, ids, (id) => texts.has(id));
  const rows = ids.map((id) => ({
    question_id: Number(id),
    answer: normaliseM4cAnswer(texts.get(id) ?? ''),
  }));
  return [{ name: 'vqav2_upload.json', content: writePythonJson(rows) }];
}
