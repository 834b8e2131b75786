import { join } from 'node:path';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { type GenerateOptions, loadModel } from '../src/index.js';

const picture = join(shapesVqaFolder, 'images', '0000.jpg');
const TOKENS = 6;

const model = await loadModel('tiny');
afterAll(() => model.release());
afterEach(() => {
  vi.restoreAllMocks();
});

/** The answer, and the rows of every layer's cache after the prefill and after every token. */
async function cacheLengths(options: Partial<GenerateOptions>) {
  vi.restoreAllMocks();
  const { backend } = model;
  const lengths: number[][] = [];
  const decode = backend.decode.bind(backend);
  const read = (sequence: Parameters<typeof backend.cacheLength>[0]): number[] =>
    Array.from({ length: model.geometry.layers }, (_, layer) =>
      backend.cacheLength(sequence, layer),
    );
  const captured = vi.spyOn(backend, 'captureQueries');
  vi.spyOn(backend, 'decode').mockImplementation((requests) => {
    lengths.push(read(requests[0]!.sequence));
    return decode(requests);
  });
  const result = await model.generate({
    messages: 'Describe the picture.',
    images: [picture],
    maxNewTokens: TOKENS,
    // Any token may come, so that no answer ends at once: what is looked at is the cache.
    temperature: 1000,
    seed: 3,
    ...options,
  });
  return { lengths, result, captured: captured.mock.calls.length };
}

const shares = { parameters: { budget: 0.3 } };
const going = { parameters: { budget: 0.3, whileDecoding: true } };

it.each(['streamingllm', 'h2o'])(
  '%s holds the cache at its size while decoding',
  async (method) => {
    const once = await cacheLengths({ method, ...shares });
    const held = await cacheLengths({ method, ...going });
    expect(once.lengths.length).toBeGreaterThan(2);
    const first = once.lengths[0]!;
    once.lengths.forEach((lengths, step) => {
      expect(lengths).toEqual(first.map((length) => length + step));
    });
    for (const lengths of held.lengths) expect(lengths).toEqual(first);
    // The first token is that of the prompt, which both cut alike.
    expect(held.result.generatedIds[0]).toBe(once.result.generatedIds[0]);
    expect(held.result.generatedIds.length).toBe(held.lengths.length + 1);
  },
);

it('reads the queries of every token for h2o, and nothing for streamingllm', async () => {
  const { layers } = model.geometry;
  const h2o = await cacheLengths({ method: 'h2o', ...going });
  expect(h2o.captured).toBe(layers * (1 + h2o.lengths.length));
  expect((await cacheLengths({ method: 'streamingllm', ...going })).captured).toBe(0);
});

it('goes with methods that cut inside the decoder', async () => {
  const { lengths } = await cacheLengths({
    method: [
      { method: 'fastv', parameters: { layer: 3, keep: 40 } },
      { method: 'h2o', ...going },
    ],
    budget: { kind: 'native' },
  });
  expect(new Set(lengths[0]).size).toBeGreaterThan(1);
  for (const one of lengths) expect(one).toEqual(lengths[0]);
});
