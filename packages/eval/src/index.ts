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
export type { PairedComparison, PairedItem, PairedOptions } from './compare/paired.js';
export { comparePaired } from './compare/paired.js';
export { loadBenchmark } from './custom/load-benchmark.js';
export type { CustomScorerName } from './custom/scorers.js';
export type { BenchmarkSpecificationInput } from './custom/specification.js';
export type { Input } from './files/input.js';
export { openBenchmarkInput, openInput } from './files/input.js';
export type { JudgeEndpoint, JudgeRun } from './judge/ask-judge.js';
export { askJudge } from './judge/ask-judge.js';
export type { JudgeReplies, JudgeReply } from './judge/reply.js';
export { readJudgeReplies, repliesBeside } from './judge/reply.js';
export type { JudgeRequest, JudgeRequestOptions } from './judge/request.js';
export type { JudgeTask } from './judge/write-requests.js';
export { judgeRequests, writeJudgeRequests } from './judge/write-requests.js';
export type { MetricValue } from './metrics.js';
export type { PublishedColumn, PublishedColumnName } from './published/columns.js';
export type { PublishedComparison, PublishedScore } from './published/published.js';
export { compareWithPublished, publishedScores, publishedTables } from './published/published.js';
export type { PublishedRow, PublishedTable } from './published/table.js';
export { readQuestionFile } from './questions.js';
export { benchmarks, findBenchmark, findBenchmarks } from './registry.js';
export { toHtml } from './report/html.js';
export type { FoundRuns, ReportedRun, RunCost, UnscoredRun } from './report/read-runs.js';
export { readRuns } from './report/read-runs.js';
export type { MethodSummary, Report, ReportRow, ReportSection } from './report/report.js';
export { buildReport } from './report/report.js';
export type { RunName } from './report/run-name.js';
export type { ReportTable } from './report/table.js';
export { reportTables } from './report/table.js';
export { toCsv, toLatex, toMarkdown } from './report/text-formats.js';
export type {
  Answered,
  Answerer,
  AnswerMessage,
  AnswerPicture,
  AnswerRequest,
} from './run/answerer.js';
export type { QuestionChoice, Shard } from './run/choose-questions.js';
export { chooseQuestions, parseShard } from './run/choose-questions.js';
export type { Example, Preamble } from './run/conversation.js';
export { conversationOf, readExamples } from './run/conversation.js';
export type { RunFailure } from './run/failures.js';
export { hashFile, hashPictures } from './run/hash-pictures.js';
export type { RunConfiguration, RunIdentity } from './run/identity.js';
export { hashQuestions, runIdentity } from './run/identity.js';
export type { MergeOutcome } from './run/merge-shards.js';
export { mergeShards } from './run/merge-shards.js';
export type { EndpointOptions } from './run/openai-answerer.js';
export { openAiAnswerer } from './run/openai-answerer.js';
export type { RunOutcome, RunProgress, RunRequest } from './run/run-questions.js';
export { runQuestions } from './run/run-questions.js';
export type { ResultItem, RunResult } from './run/run-results.js';
export { saveRunResult } from './run/run-results.js';
export type { Split, SplitName } from './run/split.js';
export { exportTimings } from './run/timings.js';
export type { BenchmarkScore, DefinitionScore, ScoreRequest } from './score.js';
export { scoreBenchmark, uploadFiles } from './score.js';
