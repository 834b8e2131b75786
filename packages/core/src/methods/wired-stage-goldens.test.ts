import { describeGoldens, type GoldenSet } from '@autoprune/testing';
import { expect } from 'vitest';
import { type Decision, ruleRowMap, ruleScores, selectRows } from '../decision.js';
import { LLAVA_15_7B, type TowerShape } from '../geometry.js';
import { referenceKernels } from '../kernels.js';
import type { Method, MethodRun, ParameterValues, PromptContext } from '../method.js';
import { resolveParameters } from '../parameters.js';
import {
  FLOAT_TOLERANCE,
  type GoldenCase,
  goldenCases,
  goldenFiles,
  relativeSpread,
} from '../published/__fixtures__/golden-case.js';
import { gatherRows, mapRows, type RowMap } from '../select/row-map.js';
import { receivedMean } from '../select/tensors.js';
import { type SignalReader, type SignalRequest, signalKey } from '../signal.js';
import type { Site } from '../site.js';
import { initialRows, type RowContent, type TokenRows } from '../token-rows.js';
import { mustdrop } from './mustdrop.js';
import { pyramiddrop } from './pyramiddrop.js';
import { sparsevlm } from './sparsevlm.js';
import { sparsevlmV2 } from './sparsevlm-v2.js';
import { tome } from './tome.js';

// Methods that decide several times on a prompt: their golden cases through the entries of the table, decision after
// decision, the earlier ones made so that they lead to what a case begins with.

const CUT_LAYER = 2;
const FIRST: Site = { kind: 'layer', layer: 0 };
const CUT: Site = { kind: 'layer', layer: CUT_LAYER };
const OUTPUT: Site = { kind: 'vision', block: 'output' };
const TOWER: TowerShape = {
  blocks: 24,
  featureBlock: 22,
  heads: 1,
  columns: 24,
  classToken: true,
};

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

function startMethod(
  method: Method,
  given: ParameterValues,
  context: Partial<Omit<PromptContext, 'tower'>> & { readonly tower?: Partial<TowerShape> },
): MethodRun {
  const whole: PromptContext = {
    geometry: LLAVA_15_7B,
    visualTokens: 576,
    textTokens: 1,
    otherTokens: 60,
    seed: 0,
    reference: true,
    budget: { kind: 'native' },
    ...context,
    tower: { ...TOWER, ...context.tower },
  };
  return method.start(resolveParameters(method, given, whole), whole);
}

function reader(...known: (readonly [SignalRequest, Float32Array])[]): SignalReader {
  const values = new Map(known.map(([request, data]) => [signalKey(request), data]));
  return {
    get: (request) => {
      const found = values.get(signalKey(request));
      if (!found) throw new Error(`the case gives no ${signalKey(request)}`);
      return found;
    },
  };
}

const patchRows = (count: number): TokenRows => initialRows(upTo(count));

/** Rows of one tile, CLS first where there is one. */
function tileRows(patches: number, withClass: boolean, sizes?: Float32Array): TokenRows {
  const place = { image: 0, tile: 0 };
  const { contents: patch } = initialRows(upTo(patches), {
    places: upTo(patches).map(() => place),
  });
  const contents: RowContent[] = [
    ...(withClass ? [{ kind: 'cls' as const, place }] : []),
    ...patch,
  ];
  return {
    contents,
    sizes: sizes ?? new Float32Array(contents.length).fill(1),
    positions: Int32Array.from(contents, (_, row) => row),
  };
}

/** The row map of a decision; `hidden` is what a merge reads. */
function mapOf(
  decision: Decision | undefined,
  rows: number,
  signals: SignalReader,
  hidden?: { readonly data: Float32Array; readonly width: number },
): RowMap {
  if (decision?.kind === 'row-map') return decision;
  if (decision?.kind !== 'rule') throw new Error(`a ${decision?.kind} is no cut`);
  const selection = selectRows(decision, ruleScores(decision, signals), referenceKernels);
  const zeros = { data: new Float32Array(rows), width: 1 };
  const { data, width } = hidden ?? zeros;
  const pool = { hidden: gatherRows(data, width, selection.pool), width };
  return ruleRowMap(decision, selection, rows, referenceKernels, pool);
}

const attentionAt = (rows: 'text' | 'last', reduce: 'heads' | 'mean'): SignalRequest => ({
  kind: 'attention',
  layer: CUT_LAYER,
  rows,
  reduce,
});
const TEXT_ATTENTION = attentionAt('text', 'heads');

/** Shows a SparseVLM embeddings among which exactly `raters` of the text resemble the picture. */
function showRaters(
  run: MethodRun,
  rows: TokenRows,
  text: number,
  raters: readonly number[],
): void {
  const embeddings = reader(
    [{ kind: 'hidden', layer: -1, rows: 'visual' }, new Float32Array(rows.contents.length).fill(1)],
    [
      { kind: 'text-embeddings' },
      Float32Array.from(upTo(text), (row) => (raters.includes(row) ? 1 : -1)),
    ],
  );
  run.decide(FIRST, { rows, signals: embeddings });
}

/** A SparseVLM with one cut. */
function startSparsevlm(one: GoldenCase, keep: number, given: ParameterValues, heads: number) {
  const text = one.param('text_len');
  const parameters = { layers: String(CUT_LAYER), keeps: String(keep), ...given };
  const method = one.param<string>('part') === 'v2' ? sparsevlmV2 : sparsevlm;
  return startMethod(method, parameters, {
    visualTokens: one.param('N'),
    textTokens: text,
    geometry: {
      ...LLAVA_15_7B,
      heads,
      keyValueHeads: heads,
      headSize: one.param<number | undefined>('head_dim') ?? 128,
    },
  });
}

/** The cut of topk and rank cases, by their attention. */
function checkCut(one: GoldenCase, given: ParameterValues): void {
  const { data, heads } = one.attention('attn_tv');
  const keep = one.param<number | undefined>('list_value') ?? 1;
  const run = startSparsevlm(one, keep, given, heads);
  const rows = patchRows(one.param('N'));
  showRaters(run, rows, one.param('text_len'), one.param('raters'));
  const signals = reader([TEXT_ATTENTION, data]);
  const decision = run.decide(CUT, { rows, signals });
  const expected = one.output('kept');
  if (expected.length === rows.contents.length) {
    expect(decision).toBeUndefined();
    return;
  }
  // Merged rows follow the kept ones.
  const { anchors } = mapOf(decision, rows.contents.length, signals);
  expect(Array.from(anchors.subarray(0, expected.length))).toEqual(expected);
}

const sparsevlmParts: Readonly<Record<string, (one: GoldenCase) => void>> = {
  /** Every text row looks at a visual row of its own, so that those of the raters stay. */
  raters(one) {
    const [visual, text] = [one.param('N'), one.param('text_len')];
    const raters = one.output('raters');
    const run = startSparsevlm(one, raters.length, {}, 1);
    const rows = patchRows(visual);
    const embeddings = reader(
      [{ kind: 'hidden', layer: -1, rows: 'visual' }, one.matrix('h_v').data],
      [{ kind: 'text-embeddings' }, one.matrix('h_t').data],
    );
    run.decide(FIRST, { rows, signals: embeddings });
    const attention = new Float32Array(text * visual);
    for (let row = 0; row < text; row++) attention[row * visual + row] = 1;
    const signals = reader([TEXT_ATTENTION, attention]);
    const { anchors } = mapOf(run.decide(CUT, { rows, signals }), visual, signals);
    expect(Array.from(anchors.subarray(0, raters.length))).toEqual(raters);
  },
  topk: (one) => checkCut(one, {}),
  rank: (one) => checkCut(one, { count: 'rank' }),
  recycle(one) {
    const [visual, start] = [one.param('N'), one.param('sys_len')];
    const { data, width } = one.matrix('hidden');
    const hidden = { data: data.subarray(start * width, (start + visual) * width), width };
    const kept = one.param<number[]>('kept');
    // One text row that pays the kept rows most, and the others what the case says.
    const scores = one.input('score').data.slice();
    for (const row of kept) scores[row]! += 10;
    const run = startSparsevlm(one, kept.length, { raters: 'all' }, 1);
    const rows = patchRows(visual);
    const text = one.param('text_len');
    showRaters(run, rows, text, []);
    const attention = new Float32Array(text * visual);
    attention.set(scores);
    const signals = reader([TEXT_ATTENTION, attention]);
    const map = mapOf(run.decide(CUT, { rows, signals }), visual, signals, hidden);
    expect(map.outputRows).toBe(one.output('new_visual'));
    const golden = one.floats('out').subarray(start * width, (start + map.outputRows) * width);
    const out = mapRows(hidden.data, width, map);
    expect(relativeSpread(out, golden)).toBeLessThanOrEqual(FLOAT_TOLERANCE);
  },
  v2(one) {
    const { data, heads, rows: total } = one.attention('attn');
    const [start, text] = [one.param('sys_len'), one.param('text_len')];
    const end = start + one.param('N');
    const positions = one.param<number[]>('position_ids');
    const run = startSparsevlm(
      one,
      one.param('keep'),
      { heads: one.param('heads_used'), rotaryBase: one.param('rope_base') },
      heads,
    );
    // Gaps in the positions are those of rows that an earlier cut took out.
    const before = patchRows(positions[end]! - start);
    showRaters(run, before, text, one.param('raters'));
    const left = positions.slice(start, end).map((position) => before.contents[position - start]!);
    const rows: TokenRows = {
      contents: left,
      sizes: new Float32Array(left.length).fill(1),
      positions: Int32Array.from(left, (_, row) => row),
    };
    const cut = upTo(heads).flatMap((head) =>
      upTo(total - end).flatMap((row) => {
        const first = (head * total + end + row) * total;
        return Array.from(data.subarray(first + start, first + end));
      }),
    );
    const signals = reader([TEXT_ATTENTION, Float32Array.from(cut)]);
    const { anchors } = mapOf(run.decide(CUT, { rows, signals }), left.length, signals);
    expect(Array.from(anchors)).toEqual(one.output('kept'));
  },
};

/** The entry has the published scale, version 1's rule and no noise; one text row alone has no rater there. */
function isSparsevlmEntry(one: GoldenCase): boolean {
  const part = one.param<string>('part');
  if (part === 'rank') return one.param<string>('variant') === 'v1' && one.param('scale') === 13.5;
  if (part === 'raters') return one.output('raters').length > 0;
  return !one.hasInput('noise');
}

/** A stage at `CUT` on the score that the case begins with. */
function checkPyramiddrop(one: GoldenCase): void {
  const visual = one.param('current_visual');
  const run = startMethod(
    pyramiddrop,
    { layers: String(CUT_LAYER), keeps: String(one.param('keep')) },
    { visualTokens: one.param('N0') },
  );
  const signals = reader([attentionAt('last', 'mean'), one.floats('score')]);
  const rows = patchRows(visual);
  const decision = run.decide({ kind: 'layer', layer: CUT_LAYER - 1 }, { rows, signals });
  expect(Array.from(mapOf(decision, visual, signals).anchors)).toEqual(one.output('kept'));
}

/** A tower of one block, so that all of the removal is in it. */
function checkTome(one: GoldenCase): void {
  const classToken = one.param<boolean>('class_token');
  const patches = one.param('tokens') - Number(classToken);
  const run = startMethod(
    tome,
    { keep: patches - one.output<number>('r_effective') },
    {
      visualTokens: patches,
      tower: { featureBlock: 0, columns: Math.ceil(Math.sqrt(patches)), classToken },
    },
  );
  const sizes = one.hasInput('size') ? one.input('size').data : undefined;
  const rows = tileRows(patches, classToken, sizes);
  const signals = reader([{ kind: 'tower-keys', layer: 0 }, one.matrix('metric').data]);
  const decision = run.decide({ kind: 'vision', block: 0 }, { rows, signals });
  const x = one.matrix('x');
  const out = mapRows(x.data, x.width, mapOf(decision, rows.contents.length, signals));
  expect(relativeSpread(out, one.floats('out'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
}

const KEY_ATTENTION: SignalRequest = { kind: 'saliency', layer: 23 };

/** MustDrop's filter after `saliency` of the tower has chosen the key set. */
function filterOf(
  one: GoldenCase,
  saliency: Float32Array,
  given: ParameterValues,
  attention: { readonly data: Float32Array; readonly heads: number },
): number[] {
  const visual = one.param('N');
  const text = attention.data.length / (attention.heads * visual);
  const run = startMethod(
    mustdrop,
    { layers: String(CUT_LAYER), ...given },
    {
      visualTokens: visual,
      textTokens: text,
      geometry: { ...LLAVA_15_7B, heads: attention.heads },
    },
  );
  const tile = tileRows(visual, true);
  run.decide(OUTPUT, { rows: tile, signals: reader([KEY_ATTENTION, saliency]) });
  const rows = { ...patchRows(visual), contents: tile.contents.slice(1) };
  const signals = reader([TEXT_ATTENTION, attention.data]);
  return Array.from(mapOf(run.decide(CUT, { rows, signals }), visual, signals).anchors);
}

const mustdropParts: Readonly<Record<string, (one: GoldenCase) => void>> = {
  spatial(one) {
    const { data, width } = one.matrix('x');
    const columns = one.param('grid');
    const run = startMethod(
      mustdrop,
      { similarity: one.param('threshold') },
      { tower: { columns } },
    );
    const rows = tileRows(columns ** 2, true);
    const signals = reader([{ kind: 'hidden' }, data]);
    const decision = run.decide({ kind: 'vision', block: 0 }, { rows, signals });
    const out = mapRows(data, width, mapOf(decision, rows.contents.length, signals));
    expect(relativeSpread(out, one.floats('out'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
  },
  /** A filter that nothing passes leaves the key set. */
  keyset(one) {
    const visual = one.param('N');
    const unseen = { data: new Float32Array(visual).fill(1 / visual), heads: 1 };
    const given = { keyShare: one.param('keep_rate'), global: 1, individual: 1 };
    const kept = filterOf(one, receivedMean(one.attention('attn')), given, unseen);
    expect(kept).toEqual([...one.output('key_set')].sort((a, b) => a - b));
  },
  filter(one) {
    const keySet = one.param<number[]>('key_set');
    const saliency = new Float32Array(one.param('N') + 1);
    for (const patch of keySet) saliency[patch + 1] = 1;
    const given = {
      keyShare: (keySet.length - 0.5) / one.param('N'),
      global: one.param('global_thr'),
      individual: one.param('individual_thr'),
    };
    expect(filterOf(one, saliency, given, one.attention('attn_tv'))).toEqual(one.output('kept'));
  },
};

/** The entry's windows are 3 patches wide on a grid of 24 and smaller in proportion. */
const isMustdropEntry = (one: GoldenCase): boolean =>
  one.param<string>('part') !== 'spatial' || one.param('grid') === 24;

const isTomeEntry = (one: GoldenCase): boolean =>
  one.param<string>('part') !== 'schedule' && !one.param<boolean>('distill_token');

function each(
  folder: string,
  isEntry: (one: GoldenCase) => boolean,
  check: (one: GoldenCase) => void,
): void {
  describeGoldens(`wired ${folder}`, goldenFiles(folder), (set: GoldenSet) => {
    const wirable = goldenCases(set, folder).filter((one) => !one.degenerate && isEntry(one));
    set.each(wirable, ({ id }) => id, check);
  });
}

each('sparsevlm', isSparsevlmEntry, (one) => sparsevlmParts[one.param<string>('part')]!(one));
each('pyramiddrop', () => true, checkPyramiddrop);
each('tome', isTomeEntry, checkTome);
each('mustdrop', isMustdropEntry, (one) => mustdropParts[one.param<string>('part')]!(one));
