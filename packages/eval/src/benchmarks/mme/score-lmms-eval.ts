import type { ItemRecord, Score } from '../../benchmark.js';
import { Groups } from '../../groups.js';
import { meanOf, sumOf } from '../../scoring/average.js';
import { pythonTrim } from '../../scoring/python/text.js';
import { type MmeLine, type MmeParser, parseByScript } from './lines.js';
import { MME_GROUPS } from './tasks.js';

const SINGLE: Readonly<Record<string, 'yes' | 'no'>> = { y: 'yes', n: 'no' };

/** As the script, after blanks at the ends and all periods are gone; a lone y or n counts. */
const parse: MmeParser = (answer) => {
  const plain = pythonTrim(answer.toLowerCase()).replaceAll('.', '');
  return plain.length === 1 ? (SINGLE[plain] ?? null) : parseByScript(plain);
};

/**
 * lmms-eval's rule: per picture the mean of its two questions plus 100 where both are right.
 *
 * Source: EvolvingLMMs-Lab/lmms-eval lmms_eval/tasks/mme/utils.py.
 */
export function scoreByLmmsEval(lines: readonly MmeLine[]): Score {
  const items: ItemRecord[] = [];
  const taskScore = (task: string): number => {
    const pictures = new Groups<string>();
    for (const { file, question, gold, answer, task: own } of lines) {
      if (own !== task) continue;
      const parsed = parse(answer ?? '');
      const score = Number(parsed === gold);
      pictures.add(file, score);
      items.push({
        id: `${task}/${file}: ${question}`,
        gold,
        answer: answer ?? null,
        parsed,
        rule: parsed === null ? 'neither yes nor no' : 'the first four characters without blanks',
        score,
      });
    }
    return meanOf(
      pictures
        .entries()
        .map(([, scores]) => (sumOf(scores) === 2 ? 100 : 0) + meanOf(scores) * 100),
    );
  };
  const [perception, cognition] = MME_GROUPS.map(({ tasks }) => sumOf(tasks.map(taskScore)));
  return {
    metrics: { mme_perception_score: perception ?? 0, mme_cognition_score: cognition ?? 0 },
    denominator: items.length,
    items,
  };
}
