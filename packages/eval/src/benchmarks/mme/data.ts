import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import { z } from 'zod';
import { type Answer, findAnswerFile, readAnswerFile } from '../../answers.js';
import type { Question } from '../../benchmark.js';
import { hasTables, readDataRows } from '../../data-rows.js';
import { findFile, type Input, matchFiles } from '../../files/input.js';
import { readLines } from '../../files/read-text.js';
import { LOADER_TOKENS, readQuestionFile } from '../../questions.js';
import { pythonTrim } from '../../scoring/python/text.js';
import type { MmeLine } from './lines.js';
import { MME_TASKS } from './tasks.js';

/** MME as read. */
export interface MmeData {
  /** Gold by {@link goldKey}; empty where official result files carry it. */
  readonly gold: ReadonlyMap<string, 'yes' | 'no'>;
  readonly questions: readonly Question[];
}

/** Predictions as lines of official result files, and answers that fit no question. */
export interface MmeAnswers {
  readonly lines: readonly MmeLine[];
  /** Answers without a gold line, of a LLaVA answer file; undefined for official result files, which carry the gold. */
  readonly unknown?: number;
}

const SUFFIX = 'Answer the question using a single word or phrase.';
const INSTRUCTION = 'Please answer yes or no.';

/** Key of a question among the gold answers. */
export function goldKey(task: string, file: string, question: string): string {
  return [task, file, question].join('\t');
}

function goldOf(path: string, line: number, text: string): 'yes' | 'no' {
  const gold = text.toLowerCase();
  if (gold === 'yes' || gold === 'no') return gold;
  throw new AutopruneError(
    'DATA_INVALID',
    `${path}: line ${line}: the gold answer is ${JSON.stringify(text)} where Yes or No is needed`,
    { path, line },
  );
}

function cells(path: string, line: number, text: string, count: number): string[] {
  const found = text.split('\t');
  if (found.length === count) return found;
  throw new AutopruneError(
    'DATA_INVALID',
    `${path}: line ${line}: has ${found.length} cells between tabs where ${count} are needed`,
    { path, line },
  );
}

type Gold = Map<string, 'yes' | 'no'>;

async function readGoldTable(path: string, gold: Gold): Promise<void> {
  (await readLines(path)).forEach((text, index) => {
    if (text === '') return;
    const [task, file, question, answer] = cells(path, index + 1, text, 4);
    gold.set(goldKey(task!, file!, question!), goldOf(path, index + 1, answer!));
  });
}

/** The text files of `MME_Benchmark_release_version`, of which five tasks keep pictures and texts apart. */
async function readRelease(folder: string, gold: Gold): Promise<void> {
  for (const task of MME_TASKS) {
    const apart = await matchFiles(
      { path: folder, isFolder: true },
      join(task, 'questions_answers_YN'),
      /\.txt$/,
    );
    const files =
      apart.length > 0 ? apart : await matchFiles({ path: folder, isFolder: true }, task, /\.txt$/);
    for (const { match, path } of files) {
      (await readLines(path)).forEach((text, index) => {
        const trimmed = pythonTrim(text);
        if (trimmed === '') return;
        const [question, answer] = cells(path, index + 1, trimmed, 2);
        gold.set(goldKey(task, match.input!, question!), goldOf(path, index + 1, answer!));
      });
    }
  }
}

const tableSchema = z.object({
  question_id: z.string().optional(),
  question: z.string(),
  answer: z.string(),
  category: z.string(),
});

/** Reads VLMEvalKit's TSV, whose pictures have two rows in a row, or the parquet of Hugging Face. */
async function readTable(data: Input): Promise<MmeData> {
  const rows = await readDataRows(data, [], tableSchema);
  const gold: Gold = new Map();
  const met = new Map<string, number>();
  const questions = rows.map(({ fields, pictures = [] }, place): Question => {
    const { question, category } = fields;
    const before = met.get(category) ?? 0;
    met.set(category, before + 1);
    const id = fields.question_id ?? `${category}/${Math.floor(before / 2)}.png`;
    const file = textFileOf(id);
    gold.set(goldKey(category, file, question), goldOf(data.path, place + 2, fields.answer));
    const body = pythonTrim(question.replaceAll(INSTRUCTION, ''));
    const text = `${body}\n${SUFFIX}`;
    return { id, text, images: pictures, maxNewTokens: LOADER_TOKENS, category };
  });
  return { gold, questions };
}

/** Task and text file of a picture's id. */
export function pictureKey(id: string): string {
  return `${id.split('/')[0]}\t${textFileOf(id)}`;
}

/** Task and text file of a {@link goldKey}. */
export function pictureOf(key: string): string {
  return key.split('\t').slice(0, 2).join('\t');
}

/** The text file that belongs to a picture's id: its last part up to the first period. */
const textFileOf = (id: string): string => `${id.split('/').at(-1)!.split('.')[0]}.txt`;

/** Reads gold answers (one table, the release's text files, or a table of another tool) and LLaVA's question file, where they are there. */
export async function readMme(data: Input): Promise<MmeData> {
  if (await hasTables(data)) return readTable(data);
  const gold: Gold = new Map();
  const table = data.isFolder ? await findFile(data, ['gold.tsv']) : data.path;
  if (table !== undefined) await readGoldTable(table, gold);
  else {
    const release = join(data.path, 'MME_Benchmark_release_version');
    const isHere = await readdir(release).then(
      () => true,
      () => false,
    );
    await readRelease(isHere ? release : data.path, gold);
  }
  const asked = data.isFolder ? await findFile(data, ['llava_mme.jsonl']) : undefined;
  return { gold, questions: asked === undefined ? [] : await readQuestionFile(asked) };
}

/** Official result files: `<task>.txt` with picture, question, gold answer and answer between tabs. */
async function readResults(predictions: Input): Promise<MmeLine[]> {
  const inside = await matchFiles(predictions, 'results', /^(.+)\.txt$/);
  const files = inside.length > 0 ? inside : await matchFiles(predictions, '.', /^(.+)\.txt$/);
  const lines: MmeLine[] = [];
  for (const { match, path } of files) {
    const task = match[1]!;
    if (!MME_TASKS.includes(task)) continue;
    (await readLines(path)).forEach((text, index) => {
      const [file, question, gold, answer] = cells(path, index + 1, text, 4);
      lines.push({
        task,
        file: file!,
        question: question!,
        gold: goldOf(path, index + 1, gold!),
        answer: answer!,
      });
    });
  }
  return lines;
}

/** Turns one LLaVA answer into a line, as `convert_answer_to_mme.py` does; undefined where there is no gold for it. */
export function convertMmeAnswer(
  gold: ReadonlyMap<string, 'yes' | 'no'>,
  { id, prompt, text }: Answer,
): MmeLine | undefined {
  const task = id.split('/')[0]!;
  const file = textFileOf(id);
  let question = prompt.includes(SUFFIX) ? pythonTrim(prompt.replaceAll(SUFFIX, '')) : prompt;
  if (!question.includes(INSTRUCTION)) {
    question = `${question} ${INSTRUCTION}`;
    if (!gold.has(goldKey(task, file, question))) {
      question = question.replaceAll(` ${INSTRUCTION}`, `  ${INSTRUCTION}`);
    }
  }
  const answer = gold.get(goldKey(task, file, question));
  return answer && { task, file, question, gold: answer, answer: text };
}

/** Reads a LLaVA answer file where gold is known, else official result files. */
export async function readMmeAnswers(predictions: Input, { gold }: MmeData): Promise<MmeAnswers> {
  const results = await readResults(predictions);
  if (results.length > 0) return { lines: results };
  if (gold.size === 0) {
    throw new AutopruneError(
      'GOLD_MISSING',
      `${predictions.path}: is a LLaVA answer file, for which MME_Benchmark_release_version is needed in the data folder; put it there`,
      { path: predictions.path },
    );
  }
  const answers = await readAnswerFile(await findAnswerFile(predictions));
  const lines = answers.flatMap((answer) => convertMmeAnswer(gold, answer) ?? []);
  return { lines, unknown: answers.length - lines.length };
}
