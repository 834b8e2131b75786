import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Question } from '../../benchmark.js';
import { type DataRow, readDataRows } from '../../data-rows.js';
import { findFile, type Input } from '../../files/input.js';
import { readJson } from '../../files/read-json.js';
import { byLetter } from '../../scoring/choice/letters.js';
import { parsePythonList } from '../../scoring/python/literal.js';
import { CHOICE, type MmmuRecord, recordSchema } from './record.js';
import { SUBJECTS } from './subjects.js';

/** The gold side of a question. */
export interface MmmuGold {
  readonly isChoice: boolean;
  /** One letter, or texts of which any will do. */
  readonly golds: readonly string[];
}

/** One question with its options; both empty for an open question. */
export interface MmmuQuestion extends MmmuGold {
  readonly id: string;
  readonly letters: readonly string[];
  readonly optionTexts: Readonly<Record<string, string>>;
  /** Text and picture, where the file has them. */
  readonly question?: string;
  readonly image?: Question['images'][number];
  /** As VLMEvalKit's table names them; absent in other files. */
  readonly split?: string | undefined;
  readonly category?: string | undefined;
  readonly l2Category?: string | undefined;
}

/** Questions as read; those of `answer_dict_val.json` apart, because that file has no options. */
export interface MmmuData {
  readonly questions: readonly MmmuQuestion[];
  readonly golds: ReadonlyMap<string, MmmuGold>;
}

const goldSchema = z.union([z.array(z.string()), z.string().transform((text) => [text])]);

/** A row of `<subject>/output.json`, which holds gold, options and response at once. */
const outputSchema = z.object({
  id: z.string(),
  question_type: z.string(),
  answer: goldSchema,
  all_choices: z.array(z.string()).default([]),
  index2ans: z.record(z.string(), z.string()).default({}),
  response: z.string(),
});

/** A row of `<subject>/output.json`. */
export type MmmuOutput = z.infer<typeof outputSchema>;

const answerDictionarySchema = z.record(
  z.string(),
  z.object({ question_type: z.string(), ground_truth: goldSchema }),
);

/** The subject in an id: `Art_Theory` of `validation_Art_Theory_4`. */
export const subjectOf = (id: string): string => id.split('_').slice(1, -1).join('_');

/** The split in an id: `validation` of `validation_Art_Theory_4`. */
export const splitOf = (id: string): string => id.split('_')[0] ?? '';

/** Rows of `<subject>/output.json` in a folder or its `outputs`, in the script's order of subjects. */
export async function readOutputs(input: Input): Promise<MmmuOutput[]> {
  if (!input.isFolder) return [];
  const inside = join(input.path, 'outputs');
  const names = await readdir(inside).catch(() => undefined);
  const root = names === undefined ? input.path : inside;
  const rows: MmmuOutput[] = [];
  for (const subject of SUBJECTS) {
    const path = await findFile({ path: root, isFolder: true }, [`${subject}/output.json`]);
    if (path !== undefined) rows.push(...(await readJson(path, z.array(outputSchema))));
  }
  return rows;
}

function questionOfOutput(row: MmmuOutput): MmmuQuestion {
  return {
    id: row.id,
    isChoice: row.question_type === CHOICE,
    golds: row.answer,
    letters: row.all_choices,
    optionTexts: row.index2ans,
  };
}

const asList = (value: string | readonly string[]): readonly string[] =>
  typeof value === 'string' ? (parsePythonList(value) ?? [value]) : value;

/** Option texts by letter, from a list or as they are. */
function optionsByLetter(options: MmmuRecord['options']): Readonly<Record<string, string>> {
  if (typeof options !== 'string' && !Array.isArray(options)) return options;
  return byLetter(asList(options));
}

function questionOfRecord({ fields: row, pictures = [] }: DataRow<MmmuRecord>): MmmuQuestion {
  const optionTexts = optionsByLetter(row.options);
  // Pictures come in column order, so that the first is image_1, the only one that the script shows.
  const image = row.image_1 ?? pictures[0];
  return {
    id: row.id,
    isChoice: row.question_type === CHOICE,
    golds: asList(row.answer),
    letters: Object.keys(optionTexts),
    optionTexts,
    question: row.question,
    ...(image !== undefined && { image }),
    split: row.split,
    category: row.category,
    l2Category: row['l2-category'],
  };
}

const RECORD_NAMES = ['validation.jsonl', 'dev.jsonl', 'test.jsonl', 'mmmu.jsonl'];

/** Golds of `answer_dict_val.json`. */
async function readAnswerDictionary(path: string): Promise<Map<string, MmmuGold>> {
  const dictionary = await readJson(path, answerDictionarySchema);
  return new Map(
    Object.entries(dictionary).map(([id, { question_type, ground_truth: golds }]) => [
      id,
      { isChoice: question_type === CHOICE, golds },
    ]),
  );
}

/**
 * Reads MMMU: the outputs of its own scripts, rows of the data set (JSON Lines, parquet, VLMEvalKit's table), or
 * `answer_dict_val.json` alone.
 *
 * @throws DATA_NOT_FOUND, DATA_INVALID
 */
export async function readMmmu(data: Input): Promise<MmmuData> {
  const outputs = await readOutputs(data);
  const isDictionary = !data.isFolder && /\.json(\.gz)?$/.test(data.path);
  const dictionary =
    data.isFolder || isDictionary ? await findFile(data, ['answer_dict_val.json']) : undefined;
  const needsRecords = outputs.length === 0 && dictionary === undefined;
  const records = needsRecords ? await readDataRows(data, RECORD_NAMES, recordSchema) : [];
  const questions = [...outputs.map(questionOfOutput), ...records.map(questionOfRecord)];
  const golds = dictionary
    ? await readAnswerDictionary(dictionary)
    : new Map(questions.map((question) => [question.id, question]));
  return { questions, golds };
}
