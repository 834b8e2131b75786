import { dirname } from 'node:path';
import { z } from 'zod';
import { countKeys, readAnswerFile } from '../../answers.js';
import type { Counts, Question } from '../../benchmark.js';
import { findFile, type Input, matchFiles, requireFile } from '../../files/input.js';
import { readJson } from '../../files/read-json.js';
import { parsePythonFloat } from '../../scoring/python/parse.js';

const questionSchema = z.object({
  imagename: z.string(),
  question: z.string(),
  answer: z.string(),
  capability: z.array(z.string()).nonempty(),
});

const gradeSchema = z.object({
  model: z.array(z.string()),
  content: z.array(z.string().nullable()),
  score: z.array(z.number().min(0).max(1)),
});

/** One question of `mm-vet.json`. */
type MmVetQuestion = z.infer<typeof questionSchema>;

/** Recorded grades of one answer, one a run of the judge. */
export type MmVetGrades = z.infer<typeof gradeSchema>;

/** MM-Vet as read, in file order. */
export interface MmVetData {
  readonly questions: ReadonlyMap<string, MmVetQuestion>;
}

/** Answers by id, and a judge's recorded grades where there are some. */
export interface MmVetAnswers {
  readonly texts: ReadonlyMap<string, string>;
  readonly rows: number;
  readonly grades: ReadonlyMap<string, MmVetGrades>;
}

/** LLaVA asks MM-Vet through `model_vqa`. */
const MAX_NEW_TOKENS = 1024;

/** Reads `mm-vet.json`. */
export async function readMmVet(data: Input): Promise<MmVetData> {
  const path = await requireFile(data, ['mm-vet.json']);
  const questions = await readJson(path, z.record(z.string(), questionSchema));
  return { questions: new Map(Object.entries(questions)) };
}

/** The questions as LLaVA asks them: without a suffix. */
export function mmVetQuestions({ questions }: MmVetData): Question[] {
  return [...questions].map(([id, { question, imagename }]) => ({
    id,
    text: question,
    images: [imagename],
    maxNewTokens: MAX_NEW_TOKENS,
  }));
}

async function readTexts(
  predictions: Input,
): Promise<{ texts: Map<string, string>; rows: number }> {
  const isTable = /\.(?:jsonl(?:\.gz)?|xlsx)$/i.test(predictions.path);
  const results = isTable ? undefined : await findFile(predictions, ['results.json']);
  if (results !== undefined) {
    const texts = await readJson(results, z.record(z.string(), z.string()));
    return { texts: new Map(Object.entries(texts)), rows: Object.keys(texts).length };
  }
  const answers = await readAnswerFile(
    isTable ? predictions.path : await requireFile(predictions, ['answers.jsonl']),
  );
  const texts = new Map(
    // LLaVA's question ids are 0, 1, …; MM-Vet's are v1_0, v1_1, …
    answers.map(({ id, text }) => [parsePythonFloat(id) === undefined ? id : `v1_${id}`, text]),
  );
  return { texts, rows: answers.length };
}

async function readGrades(predictions: Input): Promise<Map<string, MmVetGrades>> {
  // Grades lie beside the results, as the evaluator writes them.
  const folder = predictions.isFolder ? predictions.path : dirname(predictions.path);
  const beside = { path: folder, isFolder: true };
  const [named] = await matchFiles(beside, '.', /^(?:.*-grade-\d+runs|grades)\.json$/);
  const path = named?.path;
  if (path === undefined) return new Map();
  return new Map(Object.entries(await readJson(path, z.record(z.string(), gradeSchema))));
}

/** Reads results (`{ id: text }`) or a LLaVA answer file, and grades beside them. */
export async function readMmVetAnswers(predictions: Input): Promise<MmVetAnswers> {
  return { ...(await readTexts(predictions)), grades: await readGrades(predictions) };
}

/** How answers fit questions. */
export function countMmVet(
  { questions }: MmVetData,
  { texts, rows }: MmVetAnswers,
): Omit<Counts, 'unparsed'> {
  return { ...countKeys(questions.keys(), texts.keys()), duplicate: rows - texts.size };
}
