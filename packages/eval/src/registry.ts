import { AutopruneError } from '@autoprune/core';
import type { Benchmark } from './benchmark.js';
import { gqa } from './benchmarks/gqa/gqa.js';
import { mmbench, mmbenchCn } from './benchmarks/mmbench/mmbench.js';
import { mme } from './benchmarks/mme/mme.js';
import { mmvet } from './benchmarks/mmvet/mmvet.js';
import { pope } from './benchmarks/pope/pope.js';
import { scienceqa } from './benchmarks/scienceqa/scienceqa.js';
import { seedbench, seedbench2, seedbench2plus } from './benchmarks/seedbench/seedbench.js';
import { shapesvqa } from './benchmarks/shapesvqa/shapesvqa.js';
import { textvqa } from './benchmarks/textvqa/textvqa.js';
import {
  dialogueBenchmarks,
  documentBenchmarks,
  reasoningBenchmarks,
} from './benchmarks/themes.js';
import { vizwiz } from './benchmarks/vizwiz/vizwiz.js';
import { vqav2 } from './benchmarks/vqav2/vqav2.js';

/** Every built-in benchmark, in the order of the documentation. */
export const benchmarks: readonly Benchmark[] = [
  vqav2,
  gqa,
  vizwiz,
  scienceqa,
  textvqa,
  pope,
  mme,
  mmbench,
  mmbenchCn,
  mmvet,
  seedbench,
  seedbench2,
  seedbench2plus,
  ...documentBenchmarks,
  ...reasoningBenchmarks,
  ...dialogueBenchmarks,
  shapesvqa,
];

/** Names are compared without case, blanks, hyphens and underscores. */
const plain = (name: string): string => name.toLowerCase().replace(/[\s_-]/g, '');

const namesOf = ({ id, aliases }: Benchmark): string[] => [
  id,
  ...aliases.lmmsEval,
  ...aliases.vlmEvalKit,
];

/**
 * The benchmark of a name: its id, or a name of lmms-eval or VLMEvalKit.
 *
 * @throws BENCHMARK_UNKNOWN listing the ids
 */
export function findBenchmark(name: string): Benchmark {
  const found = benchmarks.find((one) =>
    namesOf(one).some((known) => plain(known) === plain(name)),
  );
  if (found) return found;
  const known = benchmarks.map(({ id }) => id).join(', ');
  throw new AutopruneError(
    'BENCHMARK_UNKNOWN',
    `There is no benchmark ${JSON.stringify(name)}; known: ${known}`,
    { name },
  );
}

/**
 * The benchmarks of a comma list of names and groups.
 *
 * @throws BENCHMARK_UNKNOWN
 */
export function findBenchmarks(list: string): readonly Benchmark[] {
  const found = list.split(',').flatMap((name) => {
    const group = benchmarks.filter(({ groups }) => groups.includes(name.trim()));
    return group.length > 0 ? group : [findBenchmark(name.trim())];
  });
  return [...new Set(found)];
}
