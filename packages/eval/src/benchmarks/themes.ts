import type { Benchmark } from '../benchmark.js';
import { ai2d } from './ai2d/ai2d.js';
import { chartqa } from './chartqa/chartqa.js';
import { docvqa } from './docvqa/docvqa.js';
import { hallusionbench } from './hallusionbench/hallusionbench.js';
import { infographicvqa } from './infographicvqa/infographicvqa.js';
import { llavaWilder } from './llava-wilder/llava-wilder.js';
import { llavabench } from './llavabench/llavabench.js';
import { mathverse } from './mathverse/mathverse.js';
import { mathvision } from './mathvision/mathvision.js';
import { mathvista } from './mathvista/mathvista.js';
import { miaBench } from './mia-bench/mia-bench.js';
import { mmmu } from './mmmu/mmmu.js';
import { mmstar } from './mmstar/mmstar.js';
import { mpDocvqa } from './mp-docvqa/mp-docvqa.js';
import { ocrbench } from './ocrbench/ocrbench.js';
import { realworldqa } from './realworldqa/realworldqa.js';

/** Charts, documents and text in pictures. */
export const documentBenchmarks: readonly Benchmark[] = [
  chartqa,
  docvqa,
  infographicvqa,
  mpDocvqa,
  ocrbench,
];

/** Diagrams, science and mathematics. */
export const reasoningBenchmarks: readonly Benchmark[] = [
  mmstar,
  ai2d,
  mmmu,
  mathvista,
  mathverse,
  mathvision,
  realworldqa,
];

/** Answers that may be made up, and open ones that a judge reads. */
export const dialogueBenchmarks: readonly Benchmark[] = [
  hallusionbench,
  miaBench,
  llavabench,
  llavaWilder,
];
