import { describeGoldens } from '@autoprune/testing';
import { expect } from 'vitest';
import type { CacheMap } from '../decision.js';
import { LLAVA_15_7B } from '../geometry.js';
import type { CacheRows, Method, ParameterValues, PromptContext } from '../method.js';
import { resolveParameters } from '../parameters.js';
import {
  FLOAT_TOLERANCE,
  type GoldenCase,
  goldenCases,
  goldenFiles,
  relativeSpread,
} from '../published/__fixtures__/golden-case.js';
import { mapRows, type RowMap } from '../select/row-map.js';
import type { SignalReader } from '../signal.js';
import { initialRows, type RowContent } from '../token-rows.js';
import { methods } from './index.js';

const FOLDERS: Readonly<Record<string, string>> = {
  streamingllm: 'kv_streamingllm',
  h2o: 'kv_h2o',
  snapkv: 'kv_snapkv',
  pyramidkv: 'kv_pyramidkv',
  'look-m': 'kv_lookm',
  'vl-cache': 'kv_vlcache',
};

const POOLINGS: Readonly<Record<string, string>> = { avgpool: 'mean', maxpool: 'max', no: 'none' };

/** Parameters of a case that the method has, under our names. */
function parametersOf(method: Method, one: GoldenCase): ParameterValues {
  const values: Record<string, ParameterValues[string] | undefined> = {
    budget: one.param('budget'),
    headAdaptive: one.param<boolean>('head_adaptive'),
    pooling: POOLINGS[one.param<string>('pooling')],
    kernel: one.param('kernel'),
    beta: one.param('beta'),
    merge: one.param<boolean>('merge'),
    layerAdaptive: one.param<boolean>('layer_adaptive'),
    windowPerLayer: one.param<boolean>('window_per_layer'),
  };
  const names = new Set(method.parameters.map(({ name }) => name));
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      names.has(name) && value !== undefined ? [[name, value]] : [],
    ),
  );
}

/** Rows of a cache, the picture at [start, end). */
function cacheRow(count: number, [start, end]: readonly [number, number]): (RowContent | null)[] {
  return Array.from({ length: count }, (_, row) =>
    row >= start && row < end ? { kind: 'patch', position: row - start } : null,
  );
}

/** What a case gives to read in every layer, and its shape. */
interface CaseSignals {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  queries(layer: number): Float32Array;
  keys(layer: number): Float32Array;
}

function signalsOf(one: GoldenCase): CaseSignals {
  if (one.hasInput('attn_post')) return signalsOfAttention(one);
  const queries = one.hasInput('q') ? one.heads('q') : undefined;
  const keys = one.hasInput('k') ? one.heads('k') : undefined;
  return {
    heads: queries?.heads ?? 1,
    keyValueHeads: keys?.heads ?? 1,
    headSize: keys?.width ?? 1,
    queries: () => queries!.data,
    keys: () => keys!.data,
  };
}

/** Queries and keys whose attention is that of the case: keys that tell positions apart, and its logarithms. */
function signalsOfAttention(one: GoldenCase): CaseSignals {
  const { data } = one.input('attn_post');
  const positions = one.param('n');
  const keyValueHeads = one.param('kv_heads');
  const size = data.length / one.param('layers');
  const keys = new Float32Array(keyValueHeads * positions * positions);
  for (let row = 0; row < keyValueHeads * positions; row++) {
    keys[row * positions + (row % positions)] = Math.sqrt(positions);
  }
  return {
    heads: one.param('heads'),
    keyValueHeads,
    headSize: positions,
    queries: (layer) =>
      data.slice(layer * size, (layer + 1) * size).map((share) => Math.log(Math.max(share, 1e-30))),
    keys: () => keys,
  };
}

/** The decision of a method on a cache whose layers all hold as much. */
function mapsOf(method: Method, one: GoldenCase): readonly (readonly RowMap[])[] {
  const count = one.param('n');
  const layers = one.param<number | undefined>('layers') ?? 1;
  const known = signalsOf(one);
  const { heads, keyValueHeads, headSize } = known;
  const context: PromptContext = {
    geometry: {
      ...LLAVA_15_7B,
      layers,
      heads,
      keyValueHeads,
      headSize,
    },
    visualTokens: 1,
    textTokens: 1,
    otherTokens: count - 1,
    seed: 0,
    reference: true,
    budget: { kind: 'native' },
  };
  const image = one.param<[number, number] | undefined>('image') ?? [0, 0];
  const cache: CacheRows = Array.from({ length: layers }, () => cacheRow(count, image));
  const signals: SignalReader = {
    get: ({ kind, layer = 0 }) => known[kind === 'queries' ? 'queries' : 'keys'](layer),
  };
  const parameters = resolveParameters(method, parametersOf(method, one), context);
  const run = method.start(parameters, context);
  const site = { kind: 'cache', moment: 'prefill' } as const;
  const decision = run.decide(site, { rows: initialRows([]), signals, cache });
  expect(decision?.kind).toBe('cache-map');
  return (decision as CacheMap).layers;
}

for (const [name, folder] of Object.entries(FOLDERS)) {
  const method = methods.find((one) => one.name === name) as Method;
  describeGoldens(`wired ${name}`, goldenFiles(folder), (set) => {
    set.each(
      // A parameter above 1 is refused; the function takes it as everything.
      goldenCases(set, folder).filter((one) => one.param('budget') <= 1),
      ({ id }) => id,
      (one) => {
        const maps = mapsOf(method, one);
        const keptOf = (layer: number) => maps[layer]!.map(({ anchors }) => Array.from(anchors));
        if (name === 'look-m') {
          const keys = one.heads('k');
          const rows = keys.data.length / keys.heads;
          const out = maps[0]!.flatMap((map, head) =>
            Array.from(
              mapRows(keys.data.subarray(head * rows, (head + 1) * rows), keys.width, map),
            ),
          );
          expect(keptOf(0)).toEqual(one.output('kept'));
          expect(relativeSpread(out, one.floats('k_out'))).toBeLessThanOrEqual(FLOAT_TOLERANCE);
          return;
        }
        if (name === 'vl-cache') {
          expect(maps.map(([map]) => map!.outputRows)).toEqual(one.output('counts'));
          for (let layer = 0; layer < maps.length; layer++) {
            const kept = one.output<number[] | number[][]>(`kept_layer${layer}`);
            const isPerHead = Array.isArray(kept[0]);
            expect(keptOf(layer)).toEqual(isPerHead ? kept : keptOf(layer).map(() => kept));
          }
          return;
        }
        if (name === 'pyramidkv') {
          expect(maps.map(([map]) => map!.outputRows)).toEqual(one.output('per_layer_kept'));
          for (let layer = 0; layer < maps.length; layer++) {
            const golden = `kept_layer${layer}`;
            if (one.hasOutput(golden)) expect(keptOf(layer)).toEqual(one.output(golden));
          }
          return;
        }
        const kept = one.output<number[] | number[][]>('kept');
        expect(keptOf(0)).toEqual(Array.isArray(kept[0]) ? kept : [kept]);
      },
    );
  });
}
