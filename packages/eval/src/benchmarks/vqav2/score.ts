import type { ItemRecord, Score } from '../../benchmark.js';
import type { MetricValue } from '../../metrics.js';
import { pythonRound } from '../../scoring/python/number.js';
import { leaveOneOutAccuracy } from '../../scoring/vqa/human-answers.js';
import type { Annotation, VqaAnswers, VqaData } from './data.js';
import type { VqaRule } from './rules.js';

/** A running mean in the order of the questions. */
class Mean {
  private sum = 0;
  private count = 0;

  add(value: number): void {
    this.sum += value;
    this.count++;
  }

  /** In percent. */
  get percent(): number {
    return (100 * this.sum) / this.count;
  }
}

/** The text that stands for a question without an answer, as in LLaVA's converter. */
const MISSING = '';

function isUnanimous({ table }: VqaData, { identity }: VqaRule, { answers }: Annotation): boolean {
  const first = answers[0]!;
  return answers.every(
    (answer) => answer === first || identity(table.text(answer)) === identity(table.text(first)),
  );
}

/** Scores one question; accuracy is exact to the order of the sums of the script. */
function scoreOne(data: VqaData, rule: VqaRule, one: Annotation, text: string): [number, boolean] {
  const unanimous = isUnanimous(data, rule, one);
  const prediction = rule.prediction(text, unanimous);
  const matches = Array.from(
    one.answers,
    (answer) => rule.human(data.table.text(answer), unanimous) === prediction,
  );
  return [leaveOneOutAccuracy(matches), unanimous];
}

/** The annotations in the order in which the script meets them: answered ones as answered, then the rest. */
function* inOrder(data: VqaData, answers: VqaAnswers): Generator<[Annotation, string | undefined]> {
  for (const [id, text] of answers.texts) {
    const annotation = data.annotations.get(id);
    if (annotation) yield [annotation, text];
  }
  for (const [id, annotation] of data.annotations) {
    if (!answers.texts.has(id)) yield [annotation, undefined];
  }
}

function* itemsOf(data: VqaData, answers: VqaAnswers, rule: VqaRule): Generator<ItemRecord> {
  for (const [annotation, text] of inOrder(data, answers)) {
    const [score, unanimous] = scoreOne(data, rule, annotation, text ?? MISSING);
    yield {
      id: annotation.id,
      gold: Array.from(annotation.answers, (answer) => data.table.text(answer)),
      answer: text ?? null,
      parsed: rule.prediction(text ?? MISSING, unanimous),
      rule: text === undefined ? 'no answer' : rule.describe(unanimous),
      score,
    };
  }
}

const inGroup = (groups: Map<string, Mean>, name: string): Mean => {
  const group = groups.get(name) ?? new Mean();
  groups.set(name, group);
  return group;
};

const percentages = (groups: ReadonlyMap<string, Mean>): MetricValue =>
  Object.fromEntries([...groups].map(([name, mean]) => [name, pythonRound(mean.percent, 2)]));

/** What is made of the means. */
export type VqaMetrics = (means: {
  readonly overall: number;
  readonly perQuestionType: MetricValue;
  readonly perAnswerType: MetricValue;
}) => MetricValue;

/** As `VQAEval.accuracy`: percentages, rounded to 2 decimals. */
export const officialMetrics: VqaMetrics = ({ overall, ...perType }) => ({
  overall: pythonRound(overall, 2),
  ...perType,
});

/** Scores all questions by one rule. */
export function scoreVqa(
  data: VqaData,
  answers: VqaAnswers,
  rule: VqaRule,
  metrics: VqaMetrics,
): Score {
  const overall = new Mean();
  const questionTypes = new Map<string, Mean>();
  const answerTypes = new Map<string, Mean>();
  for (const [annotation, text] of inOrder(data, answers)) {
    const [accuracy] = scoreOne(data, rule, annotation, text ?? MISSING);
    overall.add(accuracy);
    inGroup(questionTypes, annotation.questionType).add(accuracy);
    inGroup(answerTypes, annotation.answerType).add(accuracy);
  }
  return {
    metrics: metrics({
      overall: overall.percent,
      perQuestionType: percentages(questionTypes),
      perAnswerType: percentages(answerTypes),
    }),
    denominator: data.annotations.size,
    items: { [Symbol.iterator]: () => itemsOf(data, answers, rule) },
  };
}
