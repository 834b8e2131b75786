import { z } from 'zod';
import { findAnswerFile, readAnswerFile } from '../../answers.js';
import type { Benchmark, Question, Score, UploadFile } from '../../benchmark.js';
import { findFile, type Input, requireFile } from '../../files/input.js';
import { writePythonJson } from '../../files/python-json.js';
import { readJson } from '../../files/read-json.js';
import { readQuestionFile } from '../../questions.js';
import { HumanAnswerTable } from '../../scoring/vqa/human-answers.js';
import { normaliseM4cAnswer } from '../../scoring/vqa/normalise.js';
import { llava, lmmsEval } from '../../sources.js';
import { requireDistinct, requireEveryAnswer, requireForm } from '../../upload-checks.js';
import { type Annotation, countVqa, type VqaAnswers, type VqaData } from '../vqav2/data.js';
import { m4cRule } from '../vqav2/rules.js';
import { scoreVqa } from '../vqav2/score.js';

/** VizWiz as read; the test questions have no public gold. */
interface VizWizData extends VqaData {
  readonly questions: readonly Question[];
}

const goldSchema = z.array(
  z.object({
    image: z.string(),
    answers: z.array(z.object({ answer: z.string() })).nonempty(),
    answer_type: z.string().default('other'),
  }),
);

const QUESTION_FILES = ['llava_test.jsonl', 'llava_val.jsonl'];
const GOLD_FILES = ['val.json', 'annotations/val.json'];

async function read(data: Input): Promise<VizWizData> {
  const path = await requireFile(data, QUESTION_FILES);
  const questions = await readQuestionFile(path);
  const idOf = new Map(questions.map(({ id, images }) => [images[0], id]));
  const annotations = new Map<string, Annotation>();
  const table = new HumanAnswerTable();
  const goldPath = data.isFolder ? await findFile(data, GOLD_FILES) : undefined;
  const gold = goldPath === undefined ? [] : await readJson(goldPath, goldSchema);
  for (const { image, answers, answer_type: answerType } of gold) {
    const id = idOf.get(image);
    if (id === undefined) continue;
    const texts = table.add(answers.map(({ answer }) => answer));
    annotations.set(id, { id, questionType: 'all', answerType, answers: texts });
  }
  const asked = questions.map(({ id, text }) => ({ id, image: '', text }));
  return { annotations, table, asked, questions };
}

async function readAnswers(predictions: Input): Promise<VqaAnswers> {
  let malformed = 0;
  const answers = await readAnswerFile(await findAnswerFile(predictions), () => malformed++);
  const texts = new Map(answers.map(({ id, text }) => [id, text]));
  return { texts, rows: answers.length, malformed };
}

const TITLE = 'VizWiz';
/** The server joins rows by the name of their picture. */
const IMAGE_NAME = {
  pattern: /^VizWiz_[a-z]+_\d{8}\.(?:jpg|png)$/,
  form: 'VizWiz_test_00000000.jpg',
};

/**
 * As LLaVA's converter: one row a question in the order of the question file, normalised by m4c.
 *
 * @throws DATA_INVALID where a picture is not named as the server names it, or comes twice
 * @throws ANSWERS_INCOMPLETE where a question has no answer, which the server refuses
 */
function upload({ questions }: VizWizData, { texts }: VqaAnswers): UploadFile[] {
  const images = questions.map((question) => String(question.images[0] ?? ''));
  requireForm(TITLE, 'picture name', images, IMAGE_NAME);
  requireDistinct(TITLE, 'picture name', images);
  const ids = questions.map(({ id }) => id);
  requireEveryAnswer(TITLE, ids, (id) => texts.has(id));
  const rows = ids.map((id, place) => ({
    image: images[place],
    answer: normaliseM4cAnswer(texts.get(id) ?? ''),
  }));
  return [{ name: 'vizwiz_upload.json', content: writePythonJson(rows) }];
}

/** What the conversion alone can say: rows that would be handed in. */
function scoreUpload({ questions }: VizWizData, { texts }: VqaAnswers): Score {
  const answered = questions.filter(({ id }) => texts.has(id));
  return {
    metrics: { rows: answered.length },
    denominator: questions.length,
    items: answered.map(({ id }) => ({
      id,
      gold: null,
      answer: texts.get(id)!,
      parsed: normaliseM4cAnswer(texts.get(id)!),
      rule: 'normalised for the upload; the gold answer is not public',
      score: 0,
    })),
  };
}

/** lmms-eval's accuracy, both sides by m4c, where the gold answers are there, else nothing. */
function scoreVal(data: VizWizData, answers: VqaAnswers): Score {
  return data.annotations.size > 0
    ? scoreVqa(data, answers, m4cRule(), ({ overall }) => ({ exact_match: overall / 100 }))
    : { metrics: null, denominator: 0, items: [] };
}

/** VizWiz: questions of blind people; the test set is scored by its server. */
export const vizwiz: Benchmark<VizWizData, VqaAnswers> = {
  id: 'vizwiz',
  title: 'VizWiz-VQA',
  aliases: {
    lmmsEval: ['vizwiz_vqa', 'vizwiz_vqa_val', 'vizwiz_vqa_test'],
    vlmEvalKit: ['VizWiz'],
  },
  groups: ['llava'],
  questionCount: 8000,
  definitions: [
    {
      name: 'llava_upload',
      scorer: llava('scripts/convert_vizwiz_for_submission.py'),
      denominator: 'questions; the server scores them',
      verified: true,
    },
    {
      name: 'lmms_eval',
      scorer: lmmsEval('lmms_eval/tasks/vizwiz_vqa/utils.py'),
      denominator: 'questions with public answers (val)',
      verified: false,
    },
  ],
  llavaFolder: 'vizwiz',
  pictureFolder: 'test',
  files: [
    { path: 'llava_test.jsonl', source: 'eval.zip of LLaVA' },
    { path: 'test', source: 'https://vizwiz.cs.colorado.edu/VizWiz_final/images/test.zip' },
    {
      path: 'test.json',
      source: 'https://vizwiz.cs.colorado.edu/VizWiz_final/vqa_data/Annotations.zip',
    },
  ],
  submission: 'https://eval.ai/web/challenges/challenge-page/2185/my-submission',
  read,
  readAnswers,
  count: countVqa,
  score: (definition, data, answers) =>
    definition === 'llava_upload' ? scoreUpload(data, answers) : scoreVal(data, answers),
  select: (data, ids) => ({
    ...data,
    annotations: new Map([...data.annotations].filter(([id]) => ids.has(id))),
    asked: data.asked.filter(({ id }) => ids.has(id)),
    questions: data.questions.filter(({ id }) => ids.has(id)),
  }),
  questions: ({ questions }) => questions,
  upload,
};
