import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
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
  const line = JSON.stringify({ question_id: id, message });
  await appendFile(join(folder, FAILURES_FILE), `${line}\n`);
}

/** A line, or nothing where a kill tore it. */
function parseLine(line: string): RunFailure[] {
  try {
    const parsed = failureSchema.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}

/** The failures of a run, of all processes that worked on it, in the order they came. Torn lines are left out. */
export async function readFailures(folder: string): Promise<RunFailure[]> {
  const text = await readFile(join(folder, FAILURES_FILE), 'utf8').catch(() => '');
  return text.split('\n').flatMap(parseLine);
}
