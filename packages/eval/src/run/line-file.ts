import { appendFile, readFile } from 'node:fs/promises';
import type { z } from 'zod';

/** Appends a value to a file of JSON Lines, which is made where it is not there. */
export async function appendLine(path: string, value: object): Promise<void> {
  await appendFile(path, `${JSON.stringify(value)}\n`);
}

/** A line, or nothing where a kill tore it. */
function parseLine<Value>(line: string, schema: z.ZodType<Value>): Value[] {
  try {
    const parsed = schema.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}

/** The values of a file of JSON Lines, none where it is not there. Lines that do not fit the schema are left out. */
export async function readWholeLines<Value>(
  path: string,
  schema: z.ZodType<Value>,
): Promise<Value[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => parseLine(line, schema));
}
