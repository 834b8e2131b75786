import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, it } from 'vitest';
import { countGolden, describeAbsent, sharedFolder } from './goldens.js';

/** One case: a folder of the shared vectors. */
export interface VectorCase {
  readonly benchmark: string;
  readonly name: string;
  /** The case's folder. */
  readonly folder: string;
  /** `expected.json`. */
  readonly expected: Readonly<Record<string, unknown>> & { readonly metrics: unknown };
  /** The text of a file of the case, unpacked. */
  text(file: string): string;
  /** A JSON file of the case. */
  json<T>(file: string): T;
  /** A JSON Lines file of the case. */
  lines<T>(file: string): T[];
}

const vectorFolder = (): string => join(sharedFolder(), 'vectors');

function openCase(benchmark: string, name: string): VectorCase {
  const folder = join(vectorFolder(), benchmark, name);
  const text = (file: string): string => {
    const packed = join(folder, `${file}.gz`);
    return existsSync(packed)
      ? gunzipSync(readFileSync(packed)).toString('utf8')
      : readFileSync(join(folder, file), 'utf8');
  };
  const json = <T>(file: string): T => JSON.parse(text(file));
  return {
    benchmark,
    name,
    folder,
    expected: json('expected.json'),
    text,
    json,
    lines: <T>(file: string): T[] =>
      text(file)
        .split('\n')
        .filter((line) => line !== '')
        .map((line): T => JSON.parse(line)),
  };
}

/**
 * Describes tests over the cases of shared vectors, counted with the goldens. Without the folder the set is skipped and
 * counted as skipped; with AUTOPRUNE_REQUIRE_GOLDENS=1 it fails instead.
 *
 * @param title  what is tested, as a claim
 * @param wanted  which cases of `index.json`
 */
export function describeVectors(
  title: string,
  wanted: (one: { readonly benchmark: string; readonly case: string }) => boolean,
  test: (one: VectorCase) => void | Promise<void>,
): void {
  const index = join(vectorFolder(), 'index.json');
  if (!existsSync(index)) {
    describeAbsent(`vectors: ${title}`, [index]);
    return;
  }
  describe(title, () => {
    const all: { benchmark: string; case: string }[] = JSON.parse(readFileSync(index, 'utf8'));
    for (const one of all.filter(wanted)) {
      it(`${one.benchmark} ${one.case}`, async () => {
        await test(openCase(one.benchmark, one.case));
        countGolden(`ran\tvectors: ${title}`);
      });
    }
  });
}
