import { AutopruneError } from '@autoprune/core';
import type { z } from 'zod';
import { parsePythonJson } from './python-json.js';
import { lineGroups, readText } from './read-text.js';

/** Where in a file a value stands, for messages. */
interface Place {
  readonly path: string;
  /** 1-based. */
  readonly line?: number;
}

function invalid({ path, line }: Place, problem: string, cause?: unknown): AutopruneError {
  const place = line === undefined ? path : `${path}: line ${line}`;
  return new AutopruneError('DATA_INVALID', `${place}: ${problem}`, { path, line }, { cause });
}

/** Checks a value against a schema. */
function check<T>(place: Place, value: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const field = issue.path.length > 0 ? `field ${issue.path.join('.')}` : 'the value';
  throw invalid(place, `${field}: ${issue.message}`);
}

/**
 * Reads a JSON file against a schema.
 *
 * @throws DATA_INVALID naming the file and the field
 */
export async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const text = await readText(path);
  let value: unknown;
  try {
    value = parsePythonJson(text);
  } catch (cause) {
    throw invalid({ path }, `is not JSON (${(cause as Error).message})`, cause);
  }
  return check({ path }, value, schema);
}

/** One line of a JSON Lines file. */
export interface JsonLine<T> {
  /** 1-based. */
  readonly line: number;
  readonly value: T;
}

/** What to do with a line that is not JSON; the default throws. */
export type OnMalformed = (line: number) => void;

/**
 * Visits the lines of a JSON Lines file in order; blank lines are passed over.
 *
 * @param onMalformed  called for lines that are not JSON, which are then skipped
 * @throws DATA_INVALID naming the file, the line and the field
 */
export async function forEachJsonLine<T>(
  path: string,
  schema: z.ZodType<T>,
  visit: (one: JsonLine<T>) => void,
  onMalformed?: OnMalformed,
): Promise<void> {
  let line = 0;
  for await (const group of lineGroups(path)) {
    for (const text of group) {
      line++;
      if (text.trim() === '') continue;
      let value: unknown;
      try {
        value = parsePythonJson(text);
      } catch (cause) {
        if (!onMalformed) {
          throw invalid({ path, line }, `is not JSON (${(cause as Error).message})`, cause);
        }
        onMalformed(line);
        continue;
      }
      visit({ line, value: check({ path, line }, value, schema) });
    }
  }
}

/** All values of a JSON Lines file; see {@link forEachJsonLine}. */
export async function readJsonLines<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
  const values: T[] = [];
  await forEachJsonLine(path, schema, ({ value }) => values.push(value));
  return values;
}
