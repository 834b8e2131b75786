import { join } from 'node:path';
import { signalKey } from '@autoprune/core';
import { methods } from '@autoprune/core/methods';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { type GenerateOptions, loadModel } from '../src/index.js';

const picture = join(shapesVqaFolder, 'images', '0000.jpg');

const model = await loadModel('tiny');
afterAll(() => model.release());
afterEach(() => {
  vi.restoreAllMocks();
});

/** Everything that a backend was asked for beyond running the model. */
async function workOf(options: Partial<GenerateOptions>) {
  const { backend } = model;
  const encode = vi.spyOn(backend, 'encode');
  const project = vi.spyOn(backend, 'project');
  const attend = vi.spyOn(backend, 'attend');
  const lookahead = vi.spyOn(backend, 'lookahead');
  const finalNorm = vi.spyOn(backend, 'finalNorm');
  const captured = vi.spyOn(backend, 'captureQueries');
  const mapped = vi.spyOn(backend, 'mapCache');
  await model.generate({
    messages: 'How many triangles are there?',
    images: [picture],
    maxNewTokens: 1,
    ...options,
  });
  return {
    encoded: encode.mock.calls.map(([, , { tokens, saliency, signals, decide }]) => [
      ...(tokens ? ['tokens'] : []),
      ...(saliency ? ['saliency'] : []),
      ...signals.map(signalKey),
      ...(decide ? ['inside'] : []),
    ]),
    projected: project.mock.calls.length,
    attended: attend.mock.calls.map(([layer]) => layer),
    ahead: lookahead.mock.calls.map(([layer]) => layer),
    normed: finalNorm.mock.calls.length,
    captured: captured.mock.calls.length,
    cacheMaps: mapped.mock.calls.length,
  };
}

const NOTHING = {
  encoded: [['tokens']],
  projected: 0,
  attended: [],
  ahead: [],
  normed: 0,
  captured: 0,
  cacheMaps: 0,
};

type Case = [string, Partial<GenerateOptions>, Partial<Awaited<ReturnType<typeof workOf>>>];

const CASES: readonly Case[] = [
  ['none', { method: 'none' }, {}],
  ['first-n', { method: 'first-n' }, {}],
  ['random', { method: 'random' }, {}],
  ['vtw', { method: 'vtw' }, {}],
  ['mean-pooling', { method: 'mean-pooling' }, {}],
  ['divprune', { method: 'divprune' }, {}],
  ['gprune', { method: 'gprune' }, {}],
  // Attention in every layer that a falling curve cuts: all but the last, after which nothing reads the visual rows.
  [
    'autoprune',
    { method: 'autoprune', parameters: { gamma: 0 } },
    { encoded: [['tokens', 'saliency']], attended: [0, 1, 2, 3, 4, 5, 6] },
  ],
  ['holov', { method: 'holov' }, { encoded: [['tokens', 'saliency']] }],
  ['scope', { method: 'scope' }, { encoded: [['tokens', 'saliency', 'features']] }],
  ['fastervlm', { method: 'fastervlm' }, { encoded: [['tokens', 'saliency']] }],
  ['vispruner', { method: 'vispruner' }, { encoded: [['tokens', 'saliency', 'features']] }],
  ['vscan', { method: 'vscan' }, { encoded: [['tokens', 'saliency', 'saliency:0']], ahead: [4] }],
  // The tower's features are projected after the cut, not before it.
  [
    'visionzip',
    { method: 'visionzip' },
    { encoded: [['features', 'tower-keys:3', 'saliency:3']], projected: 1 },
  ],
  [
    'prumerge',
    { method: 'prumerge' },
    { encoded: [['features', 'tower-queries:4', 'tower-keys:4']], projected: 1 },
  ],
  [
    'prumerge-plus',
    { method: 'prumerge-plus' },
    { encoded: [['features', 'tower-queries:4', 'tower-keys:4']], projected: 1 },
  ],
  [
    'tome',
    { method: 'tome' },
    {
      encoded: [
        ['features', 'tower-keys:0', 'tower-keys:1', 'tower-keys:2', 'tower-keys:3', 'inside'],
      ],
      projected: 1,
    },
  ],
  ['fastv', { method: 'fastv', parameters: { layer: 3, keep: 20 } }, { attended: [2] }],
  [
    'sparsevlm',
    { method: 'sparsevlm', parameters: { layers: '2,5', keeps: '40,20' } },
    { attended: [2, 5] },
  ],
  [
    'sparsevlm-v2',
    { method: 'sparsevlm-v2', parameters: { layers: '2,5', keeps: '40,20' } },
    { attended: [2, 5] },
  ],
  [
    'pyramiddrop',
    { method: 'pyramiddrop', parameters: { layers: '2,5', keeps: '40,20' } },
    { ahead: [2, 5] },
  ],
  // Once for the visual rows, once for the text after them.
  ['dart', { method: 'dart', parameters: { perPivot: 3 } }, { normed: 2 }],
  [
    'fitprune',
    { method: 'fitprune', parameters: { remove: '0,9,0,0,9,0,0,0' } },
    { attended: [1, 4] },
  ],
  // In the tower, in four layers, and on the cache.
  [
    'mustdrop',
    { method: 'mustdrop' },
    {
      encoded: [['features', 'saliency:4', 'inside']],
      projected: 1,
      attended: [1, 2, 3, 4],
      cacheMaps: 8,
    },
  ],
  ['streamingllm', { method: 'streamingllm' }, { cacheMaps: 8 }],
  ['random-kv', { method: 'random-kv' }, { cacheMaps: 8 }],
  ...['snapkv', 'h2o', 'pyramidkv', 'look-m', 'vl-cache'].map(
    (method): Case => [method, { method }, { captured: 8, cacheMaps: 8 }],
  ),
];

it('every method that runs end to end is counted', () => {
  const counted = CASES.map(([name]) => name);
  const running = methods.map(({ name }) => name).filter((name) => name !== 'cdpruner');
  expect(counted.sort()).toEqual(running.sort());
});

// Rows of attention, looks ahead and passes through the tower are counted, not timed.
it.each(CASES)(
  '%s makes the runtime do only what its signals need',
  async (_, options, expected) => {
    expect(await workOf(options)).toEqual({ ...NOTHING, ...expected });
  },
);

it('autoprune reads no attention where a flat curve cuts nothing: once merged rows are gone', async () => {
  const { attended } = await workOf({ method: 'autoprune', parameters: { gamma: 100 } });
  expect(attended).toEqual([0, 1, 2]);
});
