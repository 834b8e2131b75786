import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answerer } from '../run/answerer.js';
import { runIdentity } from '../run/identity.js';
import { runQuestions } from '../run/run-questions.js';
import { saveRunResult } from '../run/run-results.js';
import { paretoFront } from './cost-points.js';
import { spreadOver } from './flips.js';
import { toHtml } from './html.js';
import { placeLabels } from './place-labels.js';
import { readRuns } from './read-runs.js';
import { buildReport } from './report.js';
import { reportTables } from './table.js';
import { toCsv, toLatex, toMarkdown } from './text-formats.js';

const root = mkdtempSync(join(tmpdir(), 'autoprune-report-'));
const picture = join(root, 'picture.jpg');
writeFileSync(picture, Buffer.from([0xff, 0xd8, 0xff]));
const questions = ['1', '2', '3', '4'].map((id) => ({
  id,
  text: `Question ${id}?`,
  images: ['picture.jpg'],
  maxNewTokens: 4,
}));

/** A finished run whose right answers are `yes`. */
async function finishedRun(method: string, flopsRatio: number, answers: string[]): Promise<void> {
  const folder = join(root, method, 'toy');
  mkdirSync(join(root, method), { recursive: true });
  const queue = answers.values();
  const answerer: Answerer = {
    generate: async () => ({
      answer: queue.next().value!,
      cost: {
        ...{ meanEntering: 10, meanLeaving: 9, flops: 1, flopsRatio },
        ...{ kvBytes: 50 * flopsRatio, kvBytesUnpruned: 50 },
      },
      timings: { firstTokenMs: 5 },
    }),
  };
  const identity = runIdentity({
    pruning: { method, budget: { kind: 'flops', value: flopsRatio } },
  });
  await runQuestions({
    answerer,
    identity,
    questions,
    modelId: 'toy',
    folder,
    pictureFolder: root,
  });
  const items = answers.map((answer, row) => ({
    id: questions[row]!.id,
    gold: 'yes <b>',
    answer,
    parsed: answer,
    rule: 'the whole answer',
    score: Number(answer === 'yes'),
  }));
  const definition = {
    name: 'exact',
    scorer: { repository: 'a/b', path: 'c', commit: null },
    denominator: 'questions',
    verified: false,
  };
  const definitions = [{ definition, metrics: {}, denominator: 4, items }];
  const counts = { items: 4, missing: 0, duplicate: 0, unknown: 0, unparsed: 0 };
  await saveRunResult(folder, { benchmark: 'toy', definitions, counts }, questions, root);
}

await finishedRun('none', 1, ['yes', 'yes', 'yes', 'no']);
await finishedRun('fastv', 0.5, ['yes', 'no', 'yes', 'yes']);
await finishedRun('random', 0.25, ['no', 'no', 'yes', 'no']);
mkdirSync(join(root, 'begun', 'toy'), { recursive: true });
writeFileSync(join(root, 'begun', 'toy', 'run.json'), JSON.stringify(runIdentity({})));

describe('a report', () => {
  it('puts the unpruned run first and compares every other with it', async () => {
    const { runs, unscored } = await readRuns([root]);
    expect(unscored).toEqual([
      { folder: join(root, 'begun', 'toy'), label: 'begun', reason: null },
    ]);
    const [section] = buildReport(runs).sections;
    expect(section!.rows.map(({ run, score, ratio }) => [run.label, score, ratio])).toEqual([
      ['none flops=1', 75, 1],
      ['fastv flops=0.5', 75, 1],
      ['random flops=0.25', 25, 1 / 3],
    ]);
    expect(section!.rows[1]!.paired).toMatchObject({ agreement: 0.5, pValue: 1 });
    expect(section!.rows[1]!.run.cost).toEqual({
      meanEntering: 10,
      meanLeaving: 9,
      flopsRatio: 0.5,
      kvRatio: 0.5,
      firstTokenMs: 5,
    });
  });

  it('is written as Markdown, CSV, LaTeX and one HTML page with pictures of what changed', async () => {
    const report = buildReport((await readRuns([root])).runs);
    const tables = reportTables(report);
    expect(toMarkdown(tables)).toContain('| fastv flops=0.5 | 75.00 | 100.0 | +0.00 (');
    expect(toCsv(tables).split('\n')[2]).toMatch(/^"toy \(exact, not verified; 4 items\)",fastv/);
    expect(toLatex(tables)).toContain('\\% of unpruned');
    const html = await toHtml(report);
    expect(html).toContain('src="data:image/jpeg;base64,/9j/"');
    expect(html).toContain('gold yes &lt;b&gt;');
    expect(html).toContain('Question 2?');
    expect(html).toContain('<svg');
    expect(html).not.toMatch(/<script|https?:/);
  });

  it('gives each table and overview a box of its own to scroll in', async () => {
    const html = await toHtml(buildReport((await readRuns([root])).runs));
    const boxes = html.match(/<div class="scroll" tabindex="0"[^>]*><(?:table|svg)/g) ?? [];
    expect(boxes.length).toBeGreaterThan(1);
    expect(boxes).toHaveLength(html.match(/<(?:table|svg)/g)!.length);
  });
});

describe('paretoFront', () => {
  it('keeps what no other run beats in both cost and score', () => {
    const points = [
      { label: 'a', x: 100, y: 80 },
      { label: 'b', x: 50, y: 80 },
      { label: 'c', x: 50, y: 70 },
      { label: 'd', x: 25, y: 60 },
    ];
    expect(paretoFront(points).map(({ label }) => label)).toEqual(['d', 'b']);
  });
});

describe('spreadOver', () => {
  it('takes the first and others at equal steps', () => {
    expect(spreadOver([0, 1, 2, 3, 4, 5, 6], 3)).toEqual([0, 2, 4]);
    expect(spreadOver([1, 2], 3)).toEqual([1, 2]);
  });
});

describe('placeLabels', () => {
  const area = { left: 0, right: 300, top: 0, bottom: 200 };
  const point = fc.record({
    left: fc.nat({ max: 300 }),
    top: fc.nat({ max: 200 }),
    text: fc.string({ minLength: 1, maxLength: 20 }),
  });

  it('lets no label cover another one', () => {
    fc.assert(
      fc.property(fc.array(point, { maxLength: 30 }), (points) => {
        const placed = placeLabels(points, area, points);
        for (const [at, a] of placed.entries()) {
          for (const b of placed.slice(at + 1)) {
            const apart =
              Math.abs(a.baseline - b.baseline) > 12.9 ||
              a.labelLeft + a.text.length * 6.6 < b.labelLeft + 1e-9 ||
              b.labelLeft + b.text.length * 6.6 < a.labelLeft + 1e-9;
            expect(apart).toBe(true);
          }
        }
      }),
    );
  });

  it('places a single label beside its point, and none that has no room', () => {
    const alone = { left: 100, top: 100, text: 'fastv' };
    expect(placeLabels([alone], area, [alone])[0]).toMatchObject({ labelLeft: 108 });
    expect(placeLabels([{ ...alone, text: 'x'.repeat(80) }], area, [])).toEqual([]);
  });
});
