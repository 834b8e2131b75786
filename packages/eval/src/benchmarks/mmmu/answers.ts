import { z } from 'zod';
import { type Answer, readAnswers as readLlavaAnswers } from '../../answers.js';
import { findFile, type Input } from '../../files/input.js';
import { readJson } from '../../files/read-json.js';
import { isWorkbook } from '../../files/read-workbook.js';
import { idOfRecord } from '../../record-ids.js';
import { readWorkbookAnswers } from '../../workbook-answers.js';
import { readOutputs } from './data.js';

/** Predictions of a run; one of the two may be empty. */
export interface MmmuAnswers {
  /** What the model said. */
  readonly responses: readonly Answer[];
  /** What `total_val_output.json` has: letters already parsed, open answers as they were. */
  readonly parsed: readonly Answer[];
}

const totalSchema = z.record(z.string(), z.string());

async function readTotal(path: string): Promise<Answer[]> {
  const total = await readJson(path, totalSchema);
  return Object.entries(total).map(([id, text]) => ({ id, prompt: '', text }));
}

/**
 * Reads predictions: `<subject>/output.json`, `total_val_output.json`, a LLaVA answer file, or VLMEvalKit's workbook,
 * whose `index` is a number beside MMMU's own `id`.
 *
 * @throws DATA_NOT_FOUND, DATA_INVALID
 */
export async function readMmmuAnswers(predictions: Input): Promise<MmmuAnswers> {
  if (isWorkbook(predictions.path)) {
    const idOf: typeof idOfRecord = (row, place) => row.id ?? idOfRecord(row, place);
    return { responses: await readWorkbookAnswers(predictions.path, idOf), parsed: [] };
  }
  const outputs = await readOutputs(predictions);
  const responses = outputs.map(({ id, response }) => ({ id, prompt: '', text: response }));
  const isTotal = /\.json(\.gz)?$/.test(predictions.path);
  const total =
    predictions.isFolder || isTotal
      ? await findFile(predictions, ['total_val_output.json', 'total_test_output.json'])
      : undefined;
  if (total !== undefined) return { responses, parsed: await readTotal(total) };
  if (responses.length > 0) return { responses, parsed: [] };
  return { responses: await readLlavaAnswers(predictions), parsed: [] };
}
