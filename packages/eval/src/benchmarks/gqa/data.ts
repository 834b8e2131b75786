import { z } from 'zod';
import { findAnswerFile, readAnswerFile } from '../../answers.js';
import type { Question } from '../../benchmark.js';
import { findFile, type Input, requireFile } from '../../files/input.js';
import { readJson } from '../../files/read-json.js';
import { readQuestionFile } from '../../questions.js';
import { pythonTrimEndOf } from '../../scoring/python/text.js';

const questionSchema = z.object({
  question: z.string(),
  answer: z.string(),
  isBalanced: z.boolean(),
  types: z.object({ structural: z.string(), semantic: z.string() }),
  groups: z.object({ global: z.string().nullable() }),
  semantic: z.array(z.object({ operation: z.string(), argument: z.string() })),
});

/** One question of the official file. */
export type GqaQuestion = z.infer<typeof questionSchema>;

/** GQA as read. */
export interface GqaData {
  readonly gold: ReadonlyMap<string, GqaQuestion>;
  readonly questions: readonly Question[];
}

/** One answer, raw and as `eval.py` gets it. */
export interface GqaAnswer {
  readonly id: string;
  readonly text: string;
  readonly prediction: string;
}

const predictionsSchema = z.array(z.object({ questionId: z.string(), prediction: z.string() }));

const OFFICIAL = 'testdev_balanced_questions.json';
const PREDICTIONS = 'testdev_balanced_predictions.json';

/** Reads the official questions (in `data/` or here) and, where it is there, LLaVA's question file. */
export async function readGqa(data: Input): Promise<GqaData> {
  const path = await requireFile(data, [`data/${OFFICIAL}`, OFFICIAL]);
  const gold = await readJson(path, z.record(z.string(), questionSchema));
  const asked = data.isFolder
    ? await findFile(data, ['llava_gqa_testdev_balanced.jsonl'])
    : undefined;
  return {
    gold: new Map(Object.entries(gold)),
    questions: asked === undefined ? [] : await readQuestionFile(asked),
  };
}

/** LLaVA's conversion: trailing periods off, lower case, nothing else. */
function convertGqaAnswer(text: string): string {
  return pythonTrimEndOf(text, '.').toLowerCase();
}

/** Reads a LLaVA answer file, or predictions that were converted before. */
export async function readGqaAnswers(predictions: Input): Promise<GqaAnswer[]> {
  const isJson = /\.json(\.gz)?$/.test(predictions.path);
  const converted = predictions.isFolder
    ? await findFile(predictions, [PREDICTIONS])
    : isJson
      ? predictions.path
      : undefined;
  if (converted !== undefined) {
    const rows = await readJson(converted, predictionsSchema);
    return rows.map(({ questionId: id, prediction }) => ({ id, text: prediction, prediction }));
  }
  const answers = await readAnswerFile(await findAnswerFile(predictions));
  return answers.map(({ id, text }) => ({ id, text, prediction: convertGqaAnswer(text) }));
}
