import { AutopruneError } from '@autoprune/core';
import type { ItemRecord, Score } from '../../benchmark.js';
import type { MetricValue } from '../../metrics.js';
import { confusionOf, quotient } from '../../scoring/confusion.js';
import { formatFloat } from '../../scoring/python/number.js';
import { type MmeLine, parseByScript } from './lines.js';
import { MME_GROUPS } from './tasks.js';

/** What the script computes for one task. */
interface TaskScore {
  readonly score: number;
  readonly metrics: MetricValue;
  readonly items: readonly ItemRecord[];
}

function scoreTask(task: string, lines: readonly MmeLine[]): TaskScore {
  if (lines.length % 2 === 1) {
    throw new AutopruneError(
      'ANSWERS_INCOMPLETE',
      `MME task ${task} has ${lines.length} answers; pictures have two questions each, so an even number is needed`,
      { task, count: lines.length },
    );
  }
  const items = lines.map(({ file, question, gold, answer }): ItemRecord => {
    const parsed = parseByScript(answer ?? '');
    return {
      id: `${task}/${file}: ${question}`,
      gold,
      answer: answer ?? null,
      parsed,
      rule: parsed === null ? 'neither yes nor no in four characters' : 'the first four characters',
      score: Number(parsed === gold),
    };
  });
  const known = items.filter(({ parsed }) => parsed !== null);
  const counts = confusionOf(
    known.map(({ parsed, gold }) => ({ predicted: parsed === 'yes', actual: gold === 'yes' })),
  );
  const { TP, FP, TN, FN } = counts;
  const acc = items.filter(({ score }) => score === 1).length / items.length;
  const pairs = items.filter((_, row) => row % 2 === 0);
  const bothRight = pairs.filter(
    ({ score }, row) => score === 1 && items[2 * row + 1]!.score === 1,
  );
  const accPlus = bothRight.length / pairs.length;
  const score = acc * 100 + accPlus * 100;
  return {
    score,
    metrics: {
      score,
      TP,
      FN,
      TN,
      FP,
      precision: quotient(TP, TP + FP) ?? 0,
      recall: quotient(TP, TP + FN) ?? 0,
      other_num: items.length - known.length,
      acc,
      acc_plus: accPlus,
    },
    items,
  };
}

/**
 * MME's own script: of each task accuracy plus share of pictures with both questions right, in percent.
 *
 * Source: BradyFU/Awesome-Multimodal-Large-Language-Models, branch Evaluation, eval_tool `calculation.py`.
 */
export function scoreByScript(lines: readonly MmeLine[]): Score {
  const totals: Record<string, number> = {};
  const tasks: Record<string, MetricValue> = {};
  const items: ItemRecord[] = [];
  let printed = '';
  for (const { title, key, tasks: names } of MME_GROUPS) {
    let total = 0;
    let rows = '';
    for (const task of names) {
      const own = lines.filter((line) => line.task === task);
      if (own.length === 0) continue;
      const scored = scoreTask(task, own);
      total += scored.score;
      tasks[task] = scored.metrics;
      items.push(...scored.items);
      rows += `\t ${task}  score: ${formatFloat(scored.score)}\n`;
    }
    totals[key] = total;
    printed += `=========== ${title} ===========\ntotal score: ${formatFloat(total)} \n\n${rows}\n\n`;
  }
  return { metrics: { ...totals, tasks }, denominator: items.length, items, printed };
}
