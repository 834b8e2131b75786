import { join } from 'node:path';
import { z } from 'zod';
import { appendLine, readWholeLines } from './line-file.js';
import { FAILURES_FILE } from './run-folder.js';

/** A question that got no answer in one process. */
export interface RunFailure {
  readonly id: string;
  readonly message: string;
}

const failureSchema = z
  .object({ question_id: z.string(), message: z.string() })
  .transform(({ question_id, message }): RunFailure => ({ id: question_id, message }));

/** Appends a failure to those of a run. */
export async function appendFailure(folder: string, { id, message }: RunFailure): Promise<void> {
  await appendLine(join(folder, FAILURES_FILE), { question_id: id, message });
}

/** The failures of a run, of all processes that worked on it, in the order they came. Torn lines are left out. */
export async function readFailures(folder: string): Promise<RunFailure[]> {
  return readWholeLines(join(folder, FAILURES_FILE), failureSchema);
}
