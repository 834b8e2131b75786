import { z } from 'zod';
import { type Answer, countKeys, findAnswerFile, idSchema, readAnswerFile } from '../../answers.js';
import type { Counts } from '../../benchmark.js';
import { findFile, type Input, matchFiles, requireFile } from '../../files/input.js';
import { forEachElement } from '../../files/json-array.js';
import { forEachJsonLine } from '../../files/read-json.js';
import { type HumanAnswers, HumanAnswerTable } from '../../scoring/vqa/human-answers.js';

/** One annotated question. */
export interface Annotation extends HumanAnswers {
  readonly id: string;
  readonly questionType: string;
  readonly answerType: string;
}

/** One row of LLaVA's question file. */
interface AskedQuestion {
  readonly id: string;
  readonly image: string;
  readonly text: string;
}

/** VQAv2 as read: gold answers (not public for the test sets) and LLaVA's question file, where they are there. */
export interface VqaData {
  readonly annotations: ReadonlyMap<string, Annotation>;
  readonly table: HumanAnswerTable;
  readonly asked: readonly AskedQuestion[];
}

/** Predictions by question id, and what was met on the way. */
export interface VqaAnswers {
  /** The last answer of each id, in the order of the first. */
  readonly texts: ReadonlyMap<string, string>;
  readonly rows: number;
  /** Lines that are not JSON. */
  readonly malformed: number;
}

const annotationSchema = z.object({
  question_id: idSchema,
  question_type: z.string(),
  answer_type: z.string(),
  answers: z.array(z.object({ answer: z.string() })).nonempty(),
});

const askedSchema = z.object({ question_id: idSchema, image: z.string(), text: z.string() });
const resultSchema = z.object({ question_id: idSchema, answer: z.string() });

/** LLaVA's question files, the one whose rows an upload must have first. */
const QUESTION_FILES = [
  'llava_vqav2_mscoco_test2015.jsonl',
  'llava_vqav2_mscoco_test-dev2015.jsonl',
];

async function annotationFile(data: Input): Promise<string | undefined> {
  if (!data.isFolder) return data.path.includes('.jsonl') ? undefined : data.path;
  const [official] = await matchFiles(data, '.', /^v2_mscoco_.*_annotations\.json$/);
  return official?.path ?? findFile(data, ['annotations.json']);
}

/** Reads annotations (official format) or LLaVA's question file, whichever is there. */
export async function readVqa(data: Input): Promise<VqaData> {
  const annotations = new Map<string, Annotation>();
  const table = new HumanAnswerTable();
  const path = await annotationFile(data);
  if (path !== undefined) {
    await forEachElement(path, 'annotations', annotationSchema, (one) => {
      annotations.set(one.question_id, {
        id: one.question_id,
        questionType: one.question_type,
        answerType: one.answer_type,
        answers: table.add(one.answers.map(({ answer }) => answer)),
      });
    });
  }
  const asked: AskedQuestion[] = [];
  const questionPath = data.isFolder
    ? await findFile(data, QUESTION_FILES)
    : path === undefined
      ? data.path
      : undefined;
  if (questionPath !== undefined) {
    await forEachJsonLine(questionPath, askedSchema, ({ value }) =>
      asked.push({ id: value.question_id, image: value.image, text: value.text }),
    );
  }
  if (path === undefined && asked.length === 0) {
    await requireFile(data, ['annotations.json', ...QUESTION_FILES]);
  }
  return { annotations, table, asked };
}

/** Reads the official result format (a JSON array) or a LLaVA answer file. */
export async function readVqaAnswers(predictions: Input): Promise<VqaAnswers> {
  const texts = new Map<string, string>();
  let rows = 0;
  let malformed = 0;
  const results = predictions.isFolder
    ? await findFile(predictions, ['results.json'])
    : predictions.path.replace(/\.gz$/, '').endsWith('.json')
      ? predictions.path
      : undefined;
  if (results !== undefined) {
    await forEachElement(results, undefined, resultSchema, ({ question_id: id, answer }) => {
      rows++;
      texts.set(id, answer);
    });
    return { texts, rows, malformed };
  }
  const answers: readonly Answer[] = await readAnswerFile(
    await findAnswerFile(predictions),
    () => malformed++,
  );
  for (const { id, text } of answers) texts.set(id, text);
  return { texts, rows: answers.length, malformed };
}

/** How answers fit the annotated questions, or the asked ones where there is no gold. */
export function countVqa(data: VqaData, answers: VqaAnswers): Omit<Counts, 'unparsed'> {
  const questions =
    data.annotations.size > 0 ? data.annotations.keys() : data.asked.map(({ id }) => id);
  const counts = countKeys(questions, answers.texts.keys());
  return { ...counts, duplicate: answers.rows - answers.texts.size };
}
