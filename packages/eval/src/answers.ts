import { AutopruneError } from '@autoprune/core';
import { z } from 'zod';
import { findFile, type Input, matchFiles, requireFile } from './files/input.js';
import { forEachJsonLine } from './files/read-json.js';
import { isWorkbook } from './files/read-workbook.js';
import { readWorkbookAnswers } from './workbook-answers.js';

/** One line of a LLaVA answer file. */
export interface Answer {
  /** `question_id` as text. */
  readonly id: string;
  /** The text of the question as it was asked, without `<image>`; empty where the file has none. */
  readonly prompt: string;
  readonly text: string;
}

/** An id as official files have them: text or a whole number; the same id either way. */
export const idSchema = z.union([z.string(), z.number()]).transform(String);

const answerSchema = z.object({
  question_id: idSchema,
  prompt: z.string().default(''),
  text: z.string().optional(),
  /** AoiDragon/POPE's name for it. */
  answer: z.string().optional(),
});

/**
 * Reads a LLaVA answer file (JSON Lines with `question_id`, `prompt`, `text`), or the workbook (`.xlsx`) that VLMEvalKit
 * writes, in file order, duplicates kept.
 *
 * @param onMalformed  called for lines that are not JSON; without it they are an error
 * @throws DATA_INVALID naming the file, and the line and field or the column
 */
export async function readAnswerFile(
  path: string,
  onMalformed?: (line: number) => void,
): Promise<Answer[]> {
  if (isWorkbook(path)) return readWorkbookAnswers(path);
  const answers: Answer[] = [];
  await forEachJsonLine(
    path,
    answerSchema,
    ({ value, line }) => {
      const text = value.text ?? value.answer;
      if (text === undefined) {
        throw new AutopruneError(
          'DATA_INVALID',
          `${path}: line ${line}: has no field text with the answer; is it a question file?`,
          { path, line },
        );
      }
      answers.push({ id: value.question_id, prompt: value.prompt, text });
    },
    onMalformed,
  );
  return answers;
}

const ANSWER_NAMES = ['answers.jsonl', 'llava_answers.jsonl', 'merge.jsonl'];

/**
 * The LLaVA answer file of what the user named: that file, or the one in that folder.
 *
 * @throws DATA_NOT_FOUND
 */
export async function findAnswerFile(predictions: Input): Promise<string> {
  const named = await findFile(predictions, ANSWER_NAMES);
  if (named !== undefined) return named;
  const [only, ...more] = await matchFiles(predictions, '.', /^answers.*\.jsonl$/);
  return only && more.length === 0 ? only.path : requireFile(predictions, ANSWER_NAMES);
}

/** Reads the answers of what the user named; see {@link readAnswerFile}. */
export async function readAnswers(predictions: Input): Promise<Answer[]> {
  return readAnswerFile(await findAnswerFile(predictions));
}

/**
 * How answers fit questions, each given by its key.
 *
 * @param questions  keys of the questions; one that comes twice counts once
 * @param answers  keys of the answers
 */
export function countKeys(
  questions: Iterable<string>,
  answers: Iterable<string>,
): { items: number; missing: number; duplicate: number; unknown: number } {
  const open = new Set(questions);
  const items = open.size;
  const answered = new Set<string>();
  let duplicate = 0;
  let unknown = 0;
  for (const key of answers) {
    if (answered.has(key)) duplicate++;
    else if (!open.has(key)) unknown++;
    else answered.add(key);
  }
  return { items, missing: items - answered.size, duplicate, unknown };
}
