import type { Benchmark, UploadFile } from '../../benchmark.js';
import { requireEveryAnswer } from '../../upload-checks.js';
import {
  countMmVet,
  type MmVetAnswers,
  type MmVetData,
  mmVetQuestions,
  readMmVet,
  readMmVetAnswers,
} from './data.js';
import { scoreMmVet } from './score.js';

/**
 * The file for the evaluator: `{ id: answer }` for every question.
 *
 * @throws ANSWERS_INCOMPLETE
 */
function upload({ questions }: MmVetData, { texts }: MmVetAnswers): UploadFile[] {
  requireEveryAnswer('MM-Vet', [...questions.keys()], (id) => texts.has(id));
  const results = Object.fromEntries([...questions.keys()].map((id) => [id, texts.get(id)]));
  return [{ name: 'results.json', content: `${JSON.stringify(results, null, 2)}\n` }];
}

/** MM-Vet: open answers that a judge grades; recorded grades are replayed. */
export const mmvet: Benchmark<MmVetData, MmVetAnswers> = {
  id: 'mmvet',
  title: 'MM-Vet',
  aliases: { lmmsEval: ['mmvet'], vlmEvalKit: ['MMVet'] },
  groups: ['llava', 'effivlm-bench'],
  questionCount: 218,
  definitions: [
    {
      name: 'official',
      scorer: {
        repository: 'yuweihao/MM-Vet',
        path: 'mm-vet_evaluator.py',
        commit: 'acde843e02dae30047bb456ee4a8ab28dee7e0ae',
      },
      denominator: 'questions, of each capability and of each set of capabilities',
      verified: true,
      headline: { path: ['capabilities', 'total'], scale: 1 },
    },
  ],
  llavaFolder: 'mm-vet',
  pictureFolder: 'images',
  files: [
    { path: 'mm-vet.json', source: 'https://github.com/yuweihao/MM-Vet/releases (mm-vet.zip)' },
    { path: 'images', source: 'https://github.com/yuweihao/MM-Vet/releases (mm-vet.zip)' },
  ],
  submission: 'https://huggingface.co/spaces/whyu/MM-Vet_Evaluator',
  read: readMmVet,
  readAnswers: readMmVetAnswers,
  count: countMmVet,
  select: ({ questions }, ids) => ({
    questions: new Map([...questions].filter(([id]) => ids.has(id))),
  }),
  questions: mmVetQuestions,
  score: (_definition, data, answers) => scoreMmVet(data, answers),
  upload,
};
