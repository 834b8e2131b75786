import type { Benchmark } from '../benchmark.js';
import { chartqa } from './chartqa/chartqa.js';
import { docvqa } from './docvqa/docvqa.js';
import { infographicvqa } from './infographicvqa/infographicvqa.js';
import { mpDocvqa } from './mp-docvqa/mp-docvqa.js';
import { ocrbench } from './ocrbench/ocrbench.js';

/** Charts, documents and text in pictures. */
export const documentBenchmarks: readonly Benchmark[] = [
  chartqa,
  docvqa,
  infographicvqa,
  mpDocvqa,
  ocrbench,
];
