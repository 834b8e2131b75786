import { describeGoldens } from '@autoprune/testing';
import { expect } from 'vitest';
import { LLAVA_15_7B, type TowerShape } from '../geometry.js';
import type { Method, ParameterValues, PromptContext } from '../method.js';
import { resolveParameters } from '../parameters.js';
import {
  FLOAT_TOLERANCE,
  type GoldenCase,
  goldenCases,
  goldenFiles,
  relativeSpread,
} from '../published/__fixtures__/golden-case.js';
import { fitpruneScores, fitpruneScoresOfKeys } from '../published/fitprune.js';
import { mapRows, type RowMap } from '../select/row-map.js';
import { receivedMean } from '../select/tensors.js';
import { type SignalRequest, signalKey } from '../signal.js';
import type { Site } from '../site.js';
import { initialRows, type RowContent, type TokenRows } from '../token-rows.js';
import { methods } from './index.js';

// The golden cases of the published functions again, this time through the entries of the table: parameters, signals and
// decisions as a runtime sees them.

interface Wired {
  readonly parameters: ParameterValues;
  readonly signals: readonly (readonly [SignalRequest, Float32Array])[];
  readonly site: Site;
  readonly tower?: Partial<TowerShape>;
  readonly geometry?: Partial<PromptContext['geometry']>;
  readonly textTokens?: number;
  /** CLS comes before the patches. */
  readonly withClass?: boolean;
  readonly sizes?: Float32Array;
  readonly check: (map: RowMap, one: GoldenCase) => void;
}

const TOWER: TowerShape = {
  blocks: 24,
  featureBlock: 22,
  heads: 16,
  columns: 24,
  classToken: true,
};
const INPUT: Site = { kind: 'input' };
const OUTPUT: Site = { kind: 'vision', block: 'output' };

const keptOf = (map: RowMap): number[] => Array.from(map.anchors);
const sameKept = (map: RowMap, one: GoldenCase): void => {
  // Exact duplicates have no golden choice, only a golden number.
  if (one.hasOutput('kept')) expect(keptOf(map)).toEqual(one.output('kept'));
  else expect(map.outputRows).toBe(one.output<number>('keep_count'));
};
const sameRows =
  (rows: { data: Float32Array; width: number }, name = 'out') =>
  (map: RowMap, one: GoldenCase): void => {
    const out = mapRows(rows.data, rows.width, map);
    expect(relativeSpread(out, one.floats(name))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
  };

/** Values of patches with a row of zeros for CLS before them. */
function afterZeros({ data, width }: { data: Float32Array; width: number }): Float32Array {
  const out = new Float32Array(data.length + width);
  out.set(data, width);
  return out;
}

/** [heads, rows, width] to heads side by side [rows, heads · width]. */
function sideBySide({ data, heads, width }: { data: Float32Array; heads: number; width: number }) {
  const rows = data.length / (heads * width);
  return Float32Array.from({ length: data.length }, (_, index) => {
    const row = Math.floor(index / (heads * width));
    const head = Math.floor((index % (heads * width)) / width);
    return data[(head * rows + row) * width + (index % width)]!;
  });
}

/** Cases that an entry can be asked for: it reads keys, and keeps at most as many rows as there are tokens. */
function fits(folder: string, one: GoldenCase): boolean {
  if (folder === 'visionzip') {
    return (
      one.hasInput('keys') && one.param('dominant') + one.param('contextual') <= one.param('N')
    );
  }
  return folder !== 'prumerge_plus_budget' || one.param('budget_tokens') < one.param('N');
}

const saliency = (one: GoldenCase, name = 'attn') => receivedMean(one.attention(name));

/** Rows of every head in [start, end). */
function rowsOfHeads(
  { data, heads, width }: { data: Float32Array; heads: number; width: number },
  start: number,
  end: number,
): Float32Array {
  const rows = data.length / (heads * width);
  const parts = Array.from({ length: heads }, (_, head) =>
    Array.from(data.subarray((head * rows + start) * width, (head * rows + end) * width)),
  );
  return Float32Array.from(parts.flat());
}

const cases: Readonly<Record<string, [folder: string, (one: GoldenCase) => Wired]>> = {
  fastervlm: [
    'fastervlm',
    (one) => ({
      parameters: { keep: one.param('keep') },
      signals: [[{ kind: 'saliency' }, saliency(one)]],
      site: INPUT,
      check: sameKept,
    }),
  ],
  vispruner: [
    'vispruner',
    (one) => ({
      parameters: { keep: one.param('keep'), importantRatio: one.param('important_ratio') },
      signals: [
        [{ kind: 'saliency' }, saliency(one)],
        [{ kind: 'features' }, one.matrix('features').data],
      ],
      site: INPUT,
      check: sameKept,
    }),
  ],
  divprune: [
    'divprune',
    (one) => ({
      parameters: { keep: one.param('keep') ?? one.output<number>('keep_count') },
      signals: [[{ kind: 'hidden' }, one.matrix('features').data]],
      site: INPUT,
      check: sameKept,
    }),
  ],
  gprune: [
    'gprune',
    (one) => ({
      parameters: {
        keep: one.param('keep'),
        iterations: one.param('iterations'),
        similarity: one.param('similarity'),
        temperature: one.param('temperature'),
      },
      signals: [[{ kind: 'hidden' }, one.matrix('features').data]],
      site: INPUT,
      check: sameKept,
    }),
  ],
  scope: [
    'scope',
    (one) => ({
      parameters: {
        keep: one.param('keep'),
        alpha: one.param('alpha'),
        combine: one.param<string>('combined').startsWith('add') ? 'add' : 'multiply',
      },
      signals: [
        [{ kind: 'saliency' }, saliency(one)],
        [{ kind: 'features' }, one.matrix('features').data],
      ],
      site: INPUT,
      tower: { heads: one.attention('attn').heads },
      check: sameKept,
    }),
  ],
  holov: [
    'holov',
    (one) => ({
      parameters: {
        keep: one.param('keep'),
        groups: one.param('groups'),
        alpha: one.param('alpha'),
      },
      signals: [
        [{ kind: 'saliency' }, saliency(one)],
        [{ kind: 'hidden' }, one.matrix('features').data],
      ],
      site: INPUT,
      check: (map) => expect(keptOf(map)).toEqual(one.output('order')),
    }),
  ],
  cdpruner: [
    'cdpruner',
    (one) => ({
      parameters: { keep: one.param('keep') },
      signals: [
        [{ kind: 'hidden' }, one.matrix('features').data],
        [{ kind: 'image-embeddings' }, one.matrix('image_embeds').data],
        [{ kind: 'question-embeddings' }, one.matrix('text_embeds').data],
      ],
      site: INPUT,
      check: sameKept,
    }),
  ],
  vscan: [
    'vscan',
    (one) => ({
      parameters: { keep: one.param('keep') },
      signals: [
        [{ kind: 'hidden' }, one.matrix('features').data],
        [{ kind: 'saliency', layer: 5 }, saliency(one, 'attn_shallow')],
        [{ kind: 'saliency' }, saliency(one, 'attn_deep')],
      ],
      site: INPUT,
      check: sameRows(one.matrix('features'), 'merged'),
    }),
  ],
  visionzip: [
    'visionzip',
    (one) => {
      const dominant = one.param('dominant');
      const contextual = one.param('contextual');
      const keys = one.heads('keys');
      return {
        parameters: {
          keep: dominant + contextual,
          contextualShare: contextual / (dominant + contextual),
        },
        signals: [
          [{ kind: 'saliency' }, saliency(one)],
          [{ kind: 'tower-keys', layer: 22 }, sideBySide(keys)],
        ],
        site: OUTPUT,
        tower: { heads: keys.heads },
        withClass: true,
        check: sameRows(one.matrix('hidden')),
      };
    },
  ],
  prumerge: [
    'prumerge',
    (one) => {
      const keys = one.matrix('keys');
      const queries = new Float32Array(keys.data.length);
      queries.set(one.input('q_cls').data);
      const features = one.matrix('features');
      return {
        parameters: { neighbours: one.param('neighbours') },
        signals: [
          [{ kind: 'tower-queries', layer: 23 }, queries],
          [{ kind: 'tower-keys', layer: 23 }, keys.data],
        ],
        site: OUTPUT,
        withClass: true,
        check: sameRows({ data: afterZeros(features), width: features.width }),
      };
    },
  ],
  'prumerge-plus': [
    'prumerge_plus_budget',
    (one) => {
      const features = one.matrix('features');
      return {
        parameters: { keep: one.param('budget_tokens') + 1 },
        signals: [
          [{ kind: 'tower-queries', layer: 23 }, afterZeros(one.matrix('q'))],
          [{ kind: 'tower-keys', layer: 23 }, afterZeros(one.matrix('keys'))],
        ],
        site: OUTPUT,
        withClass: true,
        check: sameRows({ data: afterZeros(features), width: features.width }),
      };
    },
  ],
  dart: [
    'dart',
    (one) => {
      const start = one.param('sys_len');
      const visual = one.param('N');
      const keys = one.heads('keys');
      const hidden = one.matrix('hidden');
      const total = hidden.data.length / hidden.width;
      const cut = (rows: 'visual' | 'text'): [number, number] =>
        rows === 'visual' ? [start, start + visual] : [start + visual, total];
      const of = (rows: 'visual' | 'text') =>
        [
          [
            { kind: 'normed-hidden', layer: 1, rows },
            rowsOfHeads({ ...hidden, heads: 1 }, ...cut(rows)),
          ],
          [{ kind: 'keys', layer: 1, rows }, rowsOfHeads(keys, ...cut(rows))],
        ] as [SignalRequest, Float32Array][];
      return {
        parameters: {
          layer: 2,
          reductionRatio: one.param('reduction_ratio'),
          imagePivots: one.param('pivot_image'),
          textPivots: one.param('pivot_text'),
        },
        signals: [...of('visual'), ...of('text')],
        site: { kind: 'layer', layer: 1 },
        geometry: { keyValueHeads: keys.heads, headSize: keys.width },
        textTokens: total - start - visual,
        check: sameKept,
      };
    },
  ],
  fitprune: [
    'fitprune',
    (one) => {
      const span = { start: one.param('sys_len'), visual: one.param('N') };
      const { self, cross } = one.hasInput('attn')
        ? fitpruneScores(one.attention('attn'), span)
        : fitpruneScoresOfKeys({ queries: one.heads('q'), keys: one.heads('k') }, span);
      const remove = [one.param('delete'), ...new Array<number>(31).fill(0)].join(',');
      const received = (rows: 'visual' | 'text'): SignalRequest => ({
        kind: 'attention',
        layer: 0,
        rows,
        reduce: 'max-sum',
      });
      return {
        parameters: { remove },
        signals: [
          [received('visual'), self.map((sum) => sum * self.length)],
          [received('text'), cross],
        ],
        site: { kind: 'attention', layer: 0 },
        check: sameKept,
      };
    },
  ],
};

for (const [name, [folder, wire]] of Object.entries(cases)) {
  const method = methods.find((one) => one.name === name) as Method;
  describeGoldens(`wired ${name}`, goldenFiles(folder), (set) => {
    const wirable = goldenCases(set, folder).filter(
      (one) => !one.degenerate && one.param<string>('variant') !== 'no_cls' && fits(folder, one),
    );
    set.each(
      wirable,
      ({ id }) => id,
      (one) => {
        const wired = wire(one);
        const visualTokens = one.param('N') ?? 576;
        const context: PromptContext = {
          geometry: { ...LLAVA_15_7B, ...wired.geometry },
          tower: { ...TOWER, columns: Math.round(Math.sqrt(visualTokens)), ...wired.tower },
          visualTokens,
          textTokens: wired.textTokens ?? 20,
          otherTokens: 60,
          seed: 0,
          reference: true,
          budget: { kind: 'native' },
        };
        const place = { image: 0, tile: 0 };
        const patches = initialRows(
          Array.from({ length: visualTokens }, (_, position) => position),
          { places: Array.from({ length: visualTokens }, () => place) },
        );
        const cls: RowContent = { kind: 'cls', place };
        const contents = [...(wired.withClass ? [cls] : []), ...patches.contents];
        const rows: TokenRows = {
          contents,
          sizes: wired.sizes ?? new Float32Array(contents.length).fill(1),
          positions: Int32Array.from(contents, (_, row) => row),
        };
        const known = new Map(
          wired.signals.map(([request, values]) => [signalKey(request), values]),
        );
        const run = method.start(resolveParameters(method, wired.parameters, context), context);
        const decision = run.decide(wired.site, {
          rows,
          signals: { get: (request) => known.get(signalKey(request))! },
        });
        expect(decision?.kind).toBe('row-map');
        wired.check(decision as RowMap, one);
      },
    );
  });
}
