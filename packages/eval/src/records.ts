import { z } from 'zod';
import { type Answer, idSchema } from './answers.js';
import type { Input } from './files/input.js';
import { requireFile } from './files/input.js';
import { readJson, readJsonLines } from './files/read-json.js';
import { isWorkbook } from './files/read-workbook.js';
import { type IdFields, idOfRecord } from './record-ids.js';
import { readWorkbookAnswers } from './workbook-answers.js';

/** The id columns of a record, for the schemas of tables. */
export const idFields = {
  question_id: idSchema.optional(),
  questionId: idSchema.optional(),
  index: idSchema.optional(),
  doc_id: idSchema.optional(),
  sample_index: idSchema.optional(),
  pid: idSchema.optional(),
  id: idSchema.optional(),
};

/**
 * Reads a table of records: JSON Lines, a JSON array, or a JSON object that holds the array as `data`.
 *
 * @throws DATA_INVALID naming the file and the field
 */
export async function readRecords<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
  if (/\.jsonl(\.gz)?$/.test(path)) return readJsonLines(path, schema);
  const rows = z.array(schema);
  const whole = await readJson(path, z.union([rows, z.object({ data: rows })]));
  return Array.isArray(whole) ? whole : whole.data;
}

const cellSchema = z.union([z.string(), z.number().transform(String), z.null()]);

/** An answer under the name that LLaVA, VLMEvalKit, OCRBench, MathVista or a log of lmms-eval give it. */
const predictionSchema = z.object({
  ...idFields,
  prompt: z.string().default(''),
  text: cellSchema.optional(),
  prediction: cellSchema.optional(),
  predict: cellSchema.optional(),
  response: cellSchema.optional(),
  filtered_resps: z.array(z.union([z.string(), z.array(z.string())])).optional(),
  resps: z.array(z.union([z.string(), z.array(z.string())])).optional(),
});

/** The answer of a row; an empty cell is an empty answer, as scripts that read tables with pandas have it. */
function textOf(record: z.infer<typeof predictionSchema>): string | undefined {
  const { prediction, predict, response, text } = record;
  const named = [prediction, predict, response, text].find((one) => one !== undefined);
  if (named !== undefined) return named ?? '';
  const logged = (record.filtered_resps ?? record.resps)?.[0];
  return Array.isArray(logged) ? logged[0] : logged;
}

/**
 * Reads predictions, in file order and duplicates kept, from a LLaVA answer file (`question_id`, `text`), a table with
 * `prediction`, `predict` or `response` beside an id, VLMEvalKit's workbook, or a log of lmms-eval. A row without an answer is left out.
 *
 * @param names  files to look for in a folder, best first
 * @param idOf  id of a row, as the benchmark's data has it
 * @throws DATA_NOT_FOUND, DATA_INVALID
 */
export async function readPredictions(
  predictions: Input,
  names: readonly string[],
  idOf: (record: IdFields, place: number) => string = idOfRecord,
): Promise<Answer[]> {
  const path = await requireFile(predictions, names);
  if (isWorkbook(path)) return readWorkbookAnswers(path, idOf);
  const records = await readRecords(path, predictionSchema);
  return records.flatMap((record, place) => {
    const text = textOf(record);
    return text === undefined ? [] : [{ id: idOf(record, place), prompt: record.prompt, text }];
  });
}
