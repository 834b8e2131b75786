import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AutopruneError } from '@autoprune/core';
import type { Benchmark } from '../benchmark.js';
import { readJson } from '../files/read-json.js';
import { findBenchmark } from '../registry.js';
import { customBenchmark } from './custom-benchmark.js';
import { specificationSchema } from './specification.js';

const isBenchmark = (value: unknown): value is Benchmark =>
  typeof value === 'object' &&
  value !== null &&
  ['read', 'readAnswers', 'count', 'score'].every(
    (name) => typeof (value as Record<string, unknown>)[name] === 'function',
  );

/** A module whose default export is a {@link Benchmark} or a specification. */
async function loadModule(path: string): Promise<Benchmark> {
  const { default: exported }: { default?: unknown } = await import(
    pathToFileURL(resolve(path)).href
  ).catch((cause: unknown) => {
    throw new AutopruneError(
      'BENCHMARK_INVALID',
      `${path}: cannot be imported (${(cause as Error).message})`,
      { path },
      { cause },
    );
  });
  if (isBenchmark(exported)) return exported;
  const parsed = specificationSchema.safeParse(exported);
  if (parsed.success) return customBenchmark(parsed.data);
  throw new AutopruneError(
    'BENCHMARK_INVALID',
    `${path}: its default export is neither a benchmark nor a specification (${parsed.error.issues[0]?.message})`,
    { path },
  );
}

/**
 * The benchmark of a name, or of a specification of one's own: a path to a `.json` file, or to a module.
 *
 * @throws BENCHMARK_UNKNOWN, BENCHMARK_INVALID, DATA_INVALID naming file and field
 */
export async function loadBenchmark(nameOrPath: string): Promise<Benchmark> {
  if (/\.json$/.test(nameOrPath)) {
    return customBenchmark(await readJson(nameOrPath, specificationSchema));
  }
  return /\.[cm]?[jt]s$/.test(nameOrPath) ? loadModule(nameOrPath) : findBenchmark(nameOrPath);
}
