import { join } from 'node:path';
import { signalKey } from '@autoprune/core';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { type GenerateOptions, type LlavaModel, loadModel } from '../src/index.js';

const picture = join(shapesVqaFolder, 'images', '0000.jpg');

let model: LlavaModel;
beforeAll(async () => {
  model = await loadModel('tiny');
});
afterAll(async () => {
  await model.release();
});
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

// Rows of attention, looks ahead and passes through the tower are counted, not timed.
it.each<[string, Partial<GenerateOptions>, Partial<Awaited<ReturnType<typeof workOf>>>]>([
  ['none', { method: 'none' }, {}],
  ['first-n', { method: 'first-n' }, {}],
  ['random', { method: 'random' }, {}],
  ['vtw', { method: 'vtw' }, {}],
  ['mean-pooling', { method: 'mean-pooling' }, {}],
  ['divprune', { method: 'divprune' }, {}],
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
  ['streamingllm', { method: 'streamingllm' }, { cacheMaps: 8 }],
  ['snapkv', { method: 'snapkv' }, { captured: 8, cacheMaps: 8 }],
])('%s makes the runtime do only what its signals need', async (_, options, expected) => {
  expect(await workOf(options)).toEqual({ ...NOTHING, ...expected });
});
