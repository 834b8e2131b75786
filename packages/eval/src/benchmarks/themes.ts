import type { Benchmark } from '../benchmark.js';
import { chartqa } from './chartqa/chartqa.js';

/** Charts, documents and text in pictures. */
export const documentBenchmarks: readonly Benchmark[] = [chartqa];
