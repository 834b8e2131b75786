export type { Answer } from './answers.js';
export { countKeys, findAnswerFile, readAnswerFile, readAnswers } from './answers.js';
export type {
  Benchmark,
  BenchmarkAliases,
  BenchmarkFile,
  Counts,
  Definition,
  ItemRecord,
  Question,
  Score,
  ScorerSource,
  UploadFile,
} from './benchmark.js';
export type { BenchmarkCheck, CheckedFile } from './check.js';
export { checkBenchmark } from './check.js';
export type { Input } from './files/input.js';
export { openInput } from './files/input.js';
export type { MetricValue } from './metrics.js';
export { benchmarks, findBenchmark } from './registry.js';
export type { BenchmarkScore, DefinitionScore, ScoreRequest } from './score.js';
export { scoreBenchmark, uploadFiles } from './score.js';
