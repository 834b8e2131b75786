import { createHash } from 'node:crypto';
import { AutopruneError } from '@autoprune/core';
import type { Question } from '../benchmark.js';

/** Everything that decides what a run answers: runs that differ in any of it are different runs. */
export type RunConfiguration = Readonly<Record<string, unknown>>;

/** A configuration with its hash. */
export interface RunIdentity {
  readonly hash: string;
  readonly configuration: RunConfiguration;
}

/** JSON with sorted keys, so that equal values give equal texts. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}

/** SHA-256 of a text, hexadecimal. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Hash of the questions of a run: ids, texts and the names of their pictures, in order. */
export function hashQuestions(questions: readonly Question[]): string {
  const hash = createHash('sha256');
  for (const { id, text, images } of questions) {
    const names = images.map((image) => (typeof image === 'string' ? image : ''));
    hash.update(`${JSON.stringify([id, text, names])}\n`);
  }
  return hash.digest('hex');
}

/** The identity of a configuration. */
export function runIdentity(configuration: RunConfiguration): RunIdentity {
  const text = canonicalJson(configuration);
  return { hash: sha256(text), configuration: JSON.parse(text) };
}

/** Names of the fields in which two configurations differ, as `a.b`. */
function differingFields(a: unknown, b: unknown, path: string): string[] {
  if (canonicalJson(a) === canonicalJson(b)) return [];
  const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
  if (!isObject(a) || !isObject(b)) return [path];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].flatMap((key) =>
    differingFields(
      (a as RunConfiguration)[key],
      (b as RunConfiguration)[key],
      path === '' ? key : `${path}.${key}`,
    ),
  );
}

/**
 * Refuses to mix two runs in one place.
 *
 * @param path  the file that holds `found`
 * @throws RUN_MISMATCH naming the fields that differ
 */
export function requireSameRun(path: string, found: RunIdentity, wanted: RunIdentity): void {
  if (found.hash === wanted.hash) return;
  const fields = differingFields(found.configuration, wanted.configuration, '');
  throw new AutopruneError(
    'RUN_MISMATCH',
    `${path}: holds a run that differs in ${fields.join(', ')}; give another --out, or remove the folder`,
    { path, fields },
  );
}
