import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AutopruneError } from '@autoprune/core';

/** A file or folder that the user named, as given. */
export interface Input {
  readonly path: string;
  readonly isFolder: boolean;
}

/**
 * Looks at what the user named.
 *
 * @throws DATA_NOT_FOUND when nothing is there
 */
export async function openInput(path: string): Promise<Input> {
  const entry = await stat(path).catch(() => undefined);
  if (!entry) {
    throw new AutopruneError(
      'DATA_NOT_FOUND',
      `${path}: there is no such file or folder; check the path`,
      { path },
    );
  }
  return { path, isFolder: entry.isDirectory() };
}

const isFile = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isFile() ?? false;

/**
 * The path of the first of `names` that is there, as it is or with `.gz`. An input that is a file itself is
 * that file.
 *
 * @param names  paths relative to the input's folder, best first
 */
export async function findFile(
  input: Input,
  names: readonly string[],
): Promise<string | undefined> {
  if (!input.isFolder) return input.path;
  for (const name of names) {
    for (const path of [join(input.path, name), join(input.path, `${name}.gz`)]) {
      if (await isFile(path)) return path;
    }
  }
  return undefined;
}

/**
 * As {@link findFile}, for a file that must be there.
 *
 * @throws DATA_NOT_FOUND naming the folder and what was looked for
 */
export async function requireFile(input: Input, names: readonly string[]): Promise<string> {
  const path = await findFile(input, names);
  if (path !== undefined) return path;
  throw new AutopruneError(
    'DATA_NOT_FOUND',
    `${input.path}: none of ${names.join(', ')} is there (with or without .gz); put one there or name the file`,
    { path: input.path, names },
  );
}

/**
 * Files of a folder whose name matches, sorted by name in code-unit order. `.gz` is left out of the match.
 *
 * @param folder  relative to the input
 * @returns pairs of the match and the whole path; empty when there is no such folder
 */
export async function matchFiles(
  input: Input,
  folder: string,
  pattern: RegExp,
): Promise<{ readonly match: RegExpMatchArray; readonly path: string }[]> {
  if (!input.isFolder) return [];
  const names = await readdir(join(input.path, folder)).catch((): string[] => []);
  return names.sort().flatMap((name) => {
    const match = name.replace(/\.gz$/, '').match(pattern);
    return match ? [{ match, path: join(input.path, folder, name) }] : [];
  });
}

/**
 * The folder of a benchmark inside a folder with all of them (LLaVA's `playground/data/eval`), or what was named.
 *
 * @param folder  name of the benchmark's folder there
 */
export async function openBenchmarkInput(path: string, folder: string | undefined): Promise<Input> {
  const input = await openInput(path);
  if (!input.isFolder || folder === undefined) return input;
  const inside = join(path, folder);
  const entry = await stat(inside).catch(() => undefined);
  return entry?.isDirectory() ? { path: inside, isFolder: true } : input;
}
