import { describe, expect, it } from 'vitest';
import { toHtml } from './html.js';
import type { ReportedRun } from './read-runs.js';
import { buildReport } from './report.js';
import { runName } from './run-name.js';
import { reportTables } from './table.js';
import { toLatex, toMarkdown } from './text-formats.js';

const QUESTIONS = 20;

interface Pruning {
  readonly method: string;
  readonly budget?: { readonly kind: string; readonly value?: number };
  readonly parameters?: Readonly<Record<string, number>>;
  readonly seed?: number;
}

/** A run whose first `right` answers are right. */
function runOf(pruning: Pruning, right: number, share: number, modelId = 'toy'): ReportedRun {
  const items = Array.from({ length: QUESTIONS }, (_, row) => ({
    id: String(row),
    gold: 'yes',
    answer: row < right ? 'yes' : `no ${row % 2}`,
    parsed: '',
    rule: '',
    score: Number(row < right),
    question: `Question ${row}?`,
    images: [],
  }));
  const definition = {
    name: 'exact',
    scorer: { repository: 'a/b', path: 'c', commit: null },
    denominator: 'questions; one without an answer is wrong',
    verified: true,
  };
  const name = runName({ pruning }, '/runs/x/toy');
  return {
    ...name,
    folder: `/runs/${name.label}`,
    modelId,
    isUnpruned: pruning.method === 'none',
    split: null,
    result: { benchmark: 'toy', definition, metrics: {}, headline: null, missing: 0, items },
    cost: {
      ...{ meanEntering: 1, meanLeaving: 1, firstTokenMs: 1 },
      ...{ flopsRatio: share, kvRatio: share },
    },
  };
}

const flops = (value: number) => ({ kind: 'flops', value });
const RUNS = [
  runOf({ method: 'first-n', budget: flops(0.6) }, 10, 0.6),
  runOf({ method: 'first-n', budget: flops(0.4) }, 6, 0.4),
  runOf({ method: 'h2o', budget: { kind: 'keepRatio', value: 0.5 } }, 19, 1),
  runOf({ method: 'fastv', budget: flops(0.4) }, 12, 0.4),
  runOf({ method: 'fastv', budget: flops(0.6) }, 16, 0.6),
  runOf({ method: 'none' }, 20, 1),
];

describe('a report of many runs', () => {
  it('puts the unpruned run first, then the methods of the commonest budget, the best first', () => {
    const [section] = buildReport(RUNS).sections;
    expect(section!.rows.map(({ run }) => run.label)).toEqual([
      'none',
      'fastv flops=0.6',
      'fastv flops=0.4',
      'first-n flops=0.6',
      'first-n flops=0.4',
      'h2o keepRatio=0.5',
    ]);
  });

  it('holds methods against budgets, with the best of each marked and gaps left open', () => {
    const gap = runOf({ method: 'vtw', budget: flops(0.6) }, 20, 0.6);
    const tables = reportTables(buildReport([...RUNS, gap]));
    expect(tables[0]!.headings).toEqual(['method', 'flops=0.6', 'flops=0.4']);
    expect(tables[0]!.rows).toEqual([
      ['fastv', '80.00', '60.00'],
      ['first-n', '50.00', '30.00'],
      ['vtw', '100.00', ''],
    ]);
    expect(toMarkdown(tables)).toContain('| fastv | 80.00 | **60.00** |');
    expect(toLatex(tables)).toContain('vtw & \\textbf{100.00} &');
  });

  it('never compares runs of different models', () => {
    const other = runOf({ method: 'none' }, 4, 1, 'other');
    const { sections } = buildReport([...RUNS, other]);
    expect(sections.map(({ benchmark, rows }) => [benchmark, rows.length])).toEqual([
      ['toy, toy', 6],
      ['toy, other', 1],
    ]);
    expect(sections[1]!.rows[0]!.ratio).toBe(1);
  });

  it('names refused runs and unanswered questions', async () => {
    const [first, ...others] = RUNS;
    const gaps = { ...first!, result: { ...first!.result, missing: 3 } };
    const unscored = [{ folder: '/x', label: 'cdpruner', reason: 'no <text> tower' }];
    const html = await toHtml(buildReport([gaps, ...others], unscored));
    expect(html).toContain('no &lt;text&gt; tower');
    expect(html).toContain('first-n flops=0.6: 3 questions have no answer');
  });

  it('shows each of many runs folded, a stated part of its changes, and what most runs lose', async () => {
    const many = Array.from({ length: 12 }, (_, at) =>
      runOf({ method: `m${at}`, budget: flops(0.5) }, 8, 0.5),
    );
    const html = await toHtml(buildReport([RUNS.at(-1)!, ...many]));
    expect(html.match(/<details>/g)).toHaveLength(12);
    expect(html).toContain('Lost by pruning (3 of 12)');
    expect(html).toContain('12 of 12 questions that several runs lose');
    expect(html).toContain('12 runs lose it: no 0 (12)');
    // The overview of both costs, and a plot of each method on the first.
    expect(html.match(/<svg/g)).toHaveLength(2 + 12);
    expect(html).not.toContain('NaN');
  });

  it('draws what runs save of the cache alone only against the cache', async () => {
    const cached = runOf({ method: 'h2o', budget: { kind: 'keepRatio', value: 0.5 } }, 19, 1);
    const html = await toHtml(
      buildReport([RUNS.at(-1)!, { ...cached, cost: { ...cached.cost, kvRatio: 0.5 } }]),
    );
    expect(html.match(/<svg/g)).toHaveLength(1);
    expect(html).toContain('h2o keepRatio=0.5: 95.00 at 50.0 %');
  });
});

describe('runName', () => {
  it.each([
    [{ method: 'random', budget: flops(0.5), seed: 2 }, 'random flops=0.5 seed=2', 'random seed=2'],
    [{ method: 'prumerge', budget: { kind: 'native' } }, 'prumerge native', 'prumerge'],
    [{ method: 'vtw', parameters: { layer: 3 } }, 'vtw layer=3', 'vtw layer=3'],
  ])('calls %j %s', (pruning, label, variant) => {
    expect(runName({ pruning }, '/a/b')).toMatchObject({ label, variant });
  });
});
