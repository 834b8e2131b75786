import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readTensors, type StoredTensor } from './safetensors.js';

const repository = resolve(fileURLToPath(import.meta.url), '../../..');

/** The shared folder: AUTOPRUNE_SHARED, or `../shared` beside the checkout. */
export function sharedFolder(): string {
  return resolve(repository, process.env.AUTOPRUNE_SHARED ?? '../shared');
}

/** Where a golden file lies: in the shared folder, else in the copy inside the repository. */
export function goldenPath(relative: string): string | undefined {
  return [join(sharedFolder(), 'goldens', relative), join(repository, 'goldens', relative)].find(
    (path) => existsSync(path),
  );
}

/** One set of golden cases. */
export interface GoldenSet {
  /** The path of a file or folder of the set. */
  path(relative: string): string;
  json<T>(relative: string): T;
  tensors(relative: string): Map<string, StoredTensor>;
  /** One test a case, counted. */
  each<T>(
    cases: readonly T[],
    title: (one: T) => string,
    body: (one: T) => void | Promise<void>,
  ): void;
}

/** Notes one golden case, `ran` or `skipped`, a tab and the set's name, for the sums at the end. */
export function countGolden(line: string): void {
  const file = process.env.AUTOPRUNE_GOLDEN_COUNTS;
  if (file) appendFileSync(file, `${line}\n`);
}

function requirePath(relative: string): string {
  const path = goldenPath(relative);
  if (!path) throw new Error(`golden file ${relative} is absent`);
  return path;
}

/**
 * Describes a set whose files are not all there: it is skipped and counted as skipped, or fails with
 * AUTOPRUNE_REQUIRE_GOLDENS=1.
 *
 * @param absent  the files that are not there
 */
export function describeAbsent(name: string, absent: readonly string[]): void {
  describe(name, () => {
    if (process.env.AUTOPRUNE_REQUIRE_GOLDENS === '1') {
      it('has its golden files', () => {
        expect(absent).toEqual([]);
      });
    } else {
      it.skip(`needs ${absent.join(', ')} (set AUTOPRUNE_SHARED)`, () => {});
      countGolden(`skipped\t${name}`);
    }
  });
}

/**
 * Describes tests over golden data. Where one of `files` is absent, the set is skipped and counted as
 * skipped; with AUTOPRUNE_REQUIRE_GOLDENS=1 it fails instead.
 */
export function describeGoldens(
  name: string,
  files: readonly string[],
  body: (set: GoldenSet) => void,
): void {
  const absent = files.filter((file) => !goldenPath(file));
  if (absent.length > 0) {
    describeAbsent(name, absent);
    return;
  }
  describe(name, () => {
    body({
      path: requirePath,
      json: (relative) => JSON.parse(readFileSync(requirePath(relative), 'utf8')),
      tensors: (relative) => readTensors(requirePath(relative)),
      each: (cases, title, test) => {
        for (const one of cases) {
          it(title(one), async () => {
            await test(one);
            countGolden(`ran\t${name}`);
          });
        }
      },
    });
  });
}

/** Cases that are read of golden files. */
export interface GoldenCases<Case> {
  readonly name: string;
  readonly files: readonly string[];
  read(set: GoldenSet): readonly Case[];
}

/** Describes one test a golden case, under its id; without its files as {@link describeGoldens} does. */
export function describeCases<Case extends { readonly id: string }>(
  { name, files, read }: GoldenCases<Case>,
  test: (one: Case) => void | Promise<void>,
): void {
  describeGoldens(name, files, (set) => set.each(read(set), ({ id }) => id, test));
}
