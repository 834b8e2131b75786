import { z } from 'zod';
import { type Answer, countKeys, readAnswerFile } from '../../answers.js';
import type { Counts, Question } from '../../benchmark.js';
import { hasTables, readDataRows } from '../../data-rows.js';
import { findFile, type Input, matchFiles, requireFile } from '../../files/input.js';
import { readJson } from '../../files/read-json.js';
import { LOADER_TOKENS, readQuestionFile } from '../../questions.js';
import { askedQuestion } from './asked-question.js';

const annotationSchema = z.object({
  data: z.array(
    z.object({ image_id: z.string(), question: z.string(), answers: z.array(z.string()) }),
  ),
});

/** TextVQA as read. */
export interface TextVqaData {
  /** Ten human answers by {@link keyOf}. */
  readonly gold: ReadonlyMap<string, readonly string[]>;
  readonly questions: readonly Question[];
}

/** The answers of one file. */
export interface TextVqaRun {
  readonly name: string;
  /** True for `answers_<name>.jsonl`, which says whose answers they are. */
  readonly isNamed: boolean;
  readonly answers: readonly Answer[];
}

/** Two answers of one picture are told apart by the question alone. */
function keyOf(imageId: string, question: string): string {
  return `${imageId}\n${question}`;
}

const tableSchema = z.object({
  image_id: z.string(),
  question: z.string(),
  answers: z.array(z.string()),
  ocr_tokens: z.array(z.string()).default([]),
});

/** Reads the parquet of Hugging Face; the OCR tokens that it has go into the prompt. */
async function readTable(data: Input): Promise<TextVqaData> {
  const rows = await readDataRows(data, [], tableSchema);
  const gold = rows.map(({ fields: { image_id: image, question, answers } }) => {
    return [keyOf(image, question.toLowerCase()), answers] as const;
  });
  const questions = rows.map(({ fields, pictures = [] }): Question => {
    const tokens = `Reference OCR token: ${fields.ocr_tokens.join(', ')}`;
    return {
      id: fields.image_id,
      text: `${fields.question}\n${tokens}\nAnswer the question using a single word or phrase.`,
      images: pictures,
      maxNewTokens: LOADER_TOKENS,
    };
  });
  return { gold: new Map(gold), questions };
}

/** The picture of a key. */
export function imageOf(key: string): string {
  return key.slice(0, key.indexOf('\n'));
}

/** Reads the official annotations and, where it is there, LLaVA's question file; or the parquet of Hugging Face. */
export async function readTextVqa(data: Input): Promise<TextVqaData> {
  if (await hasTables(data)) return readTable(data);
  const path = await requireFile(data, ['TextVQA_0.5.1_val.json']);
  const { data: rows } = await readJson(path, annotationSchema);
  const asked = data.isFolder
    ? await findFile(data, ['llava_textvqa_val_v051_ocr.jsonl'])
    : undefined;
  return {
    gold: new Map(
      rows.map((row) => [keyOf(row.image_id, row.question.toLowerCase()), row.answers]),
    ),
    questions: asked === undefined ? [] : await readQuestionFile(asked),
  };
}

/** Reads an answer file, or every `answers*.jsonl` of a folder as the script does with `--result-dir`. */
export async function readTextVqaAnswers(predictions: Input): Promise<TextVqaRun[]> {
  if (!predictions.isFolder) {
    const name = predictions.path.replace(/^.*[\\/]/, '').replace(/\.jsonl(\.gz)?$/, '');
    return [{ name, isNamed: false, answers: await readAnswerFile(predictions.path) }];
  }
  const files = await matchFiles(predictions, '.', /^answers(?:_(.+))?\.jsonl$/);
  if (files.length === 0) await requireFile(predictions, ['answers.jsonl']);
  return Promise.all(
    files.map(async ({ match, path }) => ({
      name: match[1] ?? 'answers',
      isNamed: match[1] !== undefined,
      answers: await readAnswerFile(path),
    })),
  );
}

/** The key of an answer, whose question stands in its prompt. */
export function answerKey({ id, prompt }: Answer): string {
  return keyOf(id, askedQuestion(prompt));
}

/** How answers fit questions, over all runs. */
export function countTextVqa(
  { gold }: TextVqaData,
  runs: readonly TextVqaRun[],
): Omit<Counts, 'unparsed'> {
  const total = { items: gold.size, missing: 0, duplicate: 0, unknown: 0 };
  for (const { answers } of runs) {
    const counts = countKeys(gold.keys(), answers.map(answerKey));
    total.missing += counts.missing;
    total.duplicate += counts.duplicate;
    total.unknown += counts.unknown;
  }
  return total;
}
