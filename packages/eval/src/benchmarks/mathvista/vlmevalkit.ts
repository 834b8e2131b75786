import type { ItemRecord, Score } from '../../benchmark.js';
import type { MetricValue } from '../../metrics.js';
import { canInfer } from '../../scoring/choice/can-infer.js';
import { byLetter, letterAt } from '../../scoring/choice/letters.js';
import { quotient } from '../../scoring/confusion.js';
import { parsePythonFloat, parsePythonInteger } from '../../scoring/python/parse.js';
import { countUnparsed } from '../../scoring/unparsed.js';
import type { Problem, Problems } from './data.js';

/** An option or number that stands for itself in the response; null where the script asks a model. */
function prefetch(problem: Problem, response: string): string | null {
  const { question_type, answer_type, choices } = problem;
  const gold = problem.answer ?? '';
  if (question_type === 'multi_choice') {
    return canInfer(response, byLetter(choices)).option;
  }
  // The script keeps a number only where it is the gold one, and takes zero for nothing found.
  if (answer_type === 'integer') {
    const number = parsePythonInteger(response);
    return number === parsePythonInteger(gold) && number !== undefined && number !== 0n
      ? String(number)
      : null;
  }
  if (answer_type === 'float') {
    const number = parsePythonFloat(response);
    return number !== undefined && number === parsePythonFloat(gold) && number !== 0
      ? String(number)
      : null;
  }
  return null;
}

function judge(id: string, problem: Problem): ItemRecord {
  const response = problem.response ?? '';
  const found = prefetch(problem, response);
  const isChoice = problem.question_type === 'multi_choice';
  const option = letterAt(problem.choices.indexOf(problem.answer ?? ''));
  const right = found !== null && (!isChoice || found === option);
  return {
    id,
    gold: isChoice ? option : (problem.answer ?? null),
    answer: response,
    parsed: found,
    rule: found === null ? 'nothing that stands for itself' : 'option or number in the response',
    score: Number(right),
  };
}

const tally = (items: readonly ItemRecord[]): MetricValue => {
  const hit = items.filter(({ score }) => score === 1).length;
  const share = quotient(hit, items.length);
  return { tot: items.length, hit, acc: share === null ? null : share * 100 };
};

/**
 * VLMEvalKit's rule without a judge: what needs no extraction; the rest is wrong and counted as `to_judge`.
 *
 * Source: open-compass/VLMEvalKit vlmeval/dataset/utils/mathvista.py.
 */
export function scoreByVlmEvalKit(problems: Problems, outputs: Problems): Score {
  const judged = Array.from(outputs).flatMap(([id, { response, answer }]) => {
    const problem = problems.get(id);
    if (!problem) return [];
    return [
      { problem, item: judge(id, { ...problem, response, answer: answer ?? problem.answer }) },
    ];
  });
  const items = judged.map(({ item }) => item);
  const groupsOf = ({ metadata }: Problem): string[] => [
    ...new Set([...(metadata?.skills ?? []), ...(metadata?.task ? [metadata.task] : [])]),
  ];
  const names = [...new Set(judged.flatMap(({ problem }) => groupsOf(problem)))];
  return {
    metrics: {
      Overall: tally(items),
      to_judge: countUnparsed(items),
      ...Object.fromEntries(
        names.map((name) => [
          name,
          tally(
            judged.flatMap(({ problem, item }) => (groupsOf(problem).includes(name) ? [item] : [])),
          ),
        ]),
      ),
    },
    denominator: items.length,
    items,
  };
}
