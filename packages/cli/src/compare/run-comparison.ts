import { AutopruneError, type Budget, type Method } from '@autoprune/core';
import type { GenerationResult, LlavaModel, PreparedPicture } from '@autoprune/llava';
import type { ComparedQuestion } from './read-questions.js';

/** One method over all questions. */
export interface ComparisonRow {
  readonly method: string;
  /** Why it could not run; then there is nothing else. */
  readonly refused?: string;
  readonly answers: readonly string[];
  /** Share of answers equal to the unpruned ones. */
  readonly agreement: number;
  /** Share of right answers, where they are known. */
  readonly accuracy: number | null;
  /** Means over the questions. */
  readonly meanEntering: number;
  readonly meanLeaving: number;
  readonly flopsRatio: number;
  readonly realFlops: number;
  readonly visionFlops: number;
  readonly pruningFlops: number;
  readonly kvBytes: number;
  readonly kvShare: number;
  /** Medians over the questions, milliseconds. */
  readonly prefillMs: number;
  readonly pruningMs: number;
  readonly decodeMs: number;
  /** Resident memory after the last answer, bytes. */
  readonly residentBytes: number;
}

/** What was compared, and how. */
export interface Comparison {
  readonly budget: Budget;
  readonly questions: readonly ComparedQuestion[];
  readonly rows: readonly ComparisonRow[];
}

/** Settings of {@link runComparison}. */
export interface ComparisonOptions {
  readonly methods: readonly Method[];
  readonly budget: Budget;
  readonly reference: boolean;
  readonly seed: number;
  readonly maxNewTokens: number;
  readonly signal: AbortSignal;
  /** Called with every answer; that to the first question has its trace. */
  readonly onAnswer?: (
    method: string,
    result: GenerationResult,
    picture: PreparedPicture,
    index: number,
  ) => Promise<void>;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

function rowOf(
  method: string,
  results: readonly GenerationResult[],
  unpruned: readonly string[],
  questions: readonly ComparedQuestion[],
): ComparisonRow {
  const answers = results.map(({ answer }) => answer);
  const known = questions.filter(({ expected }) => expected !== undefined).length;
  const right = answers.filter((answer, index) => answer === questions[index]!.expected).length;
  const costs = results.map(({ cost }) => cost);
  const timings = results.map((result) => result.timings);
  return {
    method,
    answers,
    agreement: mean(answers.map((answer, index) => Number(answer === unpruned[index]))),
    accuracy: known > 0 ? right / known : null,
    meanEntering: mean(costs.map((cost) => cost.meanEntering)),
    meanLeaving: mean(costs.map((cost) => cost.meanLeaving)),
    flopsRatio: mean(costs.map((cost) => cost.flopsRatio)),
    realFlops: mean(costs.map((cost) => cost.realFlops)),
    visionFlops: mean(costs.map((cost) => cost.visionFlops)),
    pruningFlops: mean(costs.map((cost) => cost.pruningFlops)),
    kvBytes: mean(costs.map((cost) => cost.kvBytes)),
    kvShare: mean(costs.map((cost) => cost.kvBytes / cost.kvBytesUnpruned)),
    prefillMs: median(timings.map(({ prefillMs }) => prefillMs)),
    pruningMs: median(timings.map(({ pruningMs }) => pruningMs)),
    decodeMs: median(timings.map(({ decodeMs }) => decodeMs)),
    residentBytes: process.memoryUsage().rss,
  };
}

/** The budget of a method, or its own numbers where it cannot be asked for that kind. */
function budgetFor({ budgets }: Method, budget: Budget): Budget {
  return budgets?.includes(budget.kind) === false ? { kind: 'native' } : budget;
}

/**
 * Asks every question of every method at one budget. A method that refuses is a row with its reason; the others go on.
 *
 * @param options.methods  the first is the basis of the agreement, usually `none`
 */
export async function runComparison(
  model: LlavaModel,
  questions: readonly ComparedQuestion[],
  options: ComparisonOptions,
): Promise<Comparison> {
  const { methods, budget, reference, seed, maxNewTokens, signal, onAnswer } = options;
  const pictures = new Map<string, PreparedPicture>();
  const rows: ComparisonRow[] = [];
  let unpruned: readonly string[] = [];
  for (const method of methods) {
    const results: GenerationResult[] = [];
    try {
      for (const [index, question] of questions.entries()) {
        let picture = pictures.get(question.image);
        if (!picture) {
          picture = await model.preparePicture(question.image, { reference });
          pictures.set(question.image, picture);
        }
        const result = await model.generate({
          messages: question.text,
          images: [picture],
          method,
          budget: budgetFor(method, budget),
          reference,
          seed,
          maxNewTokens,
          trace: index === 0,
          signal,
        });
        results.push(result);
        await onAnswer?.(method.name, result, picture, index);
      }
    } catch (error) {
      if (!AutopruneError.isInstance(error) || rows.length === 0) throw error;
      rows.push({ ...REFUSED, method: method.name, refused: error.message });
      continue;
    }
    if (rows.length === 0) unpruned = results.map(({ answer }) => answer);
    rows.push(rowOf(method.name, results, unpruned, questions));
  }
  return { budget, questions, rows };
}

const REFUSED: Omit<ComparisonRow, 'method' | 'refused'> = {
  answers: [],
  agreement: 0,
  accuracy: null,
  meanEntering: 0,
  meanLeaving: 0,
  flopsRatio: 0,
  realFlops: 0,
  visionFlops: 0,
  pruningFlops: 0,
  kvBytes: 0,
  kvShare: 0,
  prefillMs: 0,
  pruningMs: 0,
  decodeMs: 0,
  residentBytes: 0,
};
