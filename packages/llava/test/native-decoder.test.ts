import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { availableKernels } from '@autoprune/kernels';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type GenerateOptions, type LlavaModel, loadModel } from '../src/index.js';
import { sessionChoice } from '../src/onnx/session-choice.js';
import { answerWithLogits, cosine } from './forced-answer.js';

const native =
  process.env.AUTOPRUNE_SESSION !== 'binding' &&
  sessionChoice().addon !== undefined &&
  availableKernels()[0] !== 'portable';

const picture = join(shapesVqaFolder, 'images', '0000.jpg');

describe.skipIf(!native)('the decoder of the addon', () => {
  let cache: string;
  let own: LlavaModel;
  let onnxruntime: LlavaModel;
  beforeAll(async () => {
    cache = await mkdtemp(join(tmpdir(), 'autoprune-cache-'));
    vi.stubEnv('AUTOPRUNE_CACHE', cache);
    own = await loadModel('tiny', { dtype: 'mixed' });
    // Without vectors of its own it leaves tokens to onnxruntime.
    vi.stubEnv('AUTOPRUNE_KERNELS', 'portable');
    onnxruntime = await loadModel('tiny', { dtype: 'mixed' });
    vi.unstubAllEnvs();
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  afterAll(async () => {
    await own.release();
    await onnxruntime.release();
    await rm(cache, { recursive: true });
  });

  it.each<[string, Partial<GenerateOptions>]>([
    ['the whole prompt', { method: 'none' }],
    ['caches of unequal length', { method: 'autoprune' }],
    [
      'queries that a method reads',
      { method: 'h2o', parameters: { budget: 0.3, whileDecoding: true } },
    ],
  ])('computes what onnxruntime does, with %s', async (_, options) => {
    const expected = await answerWithLogits(onnxruntime, options);
    const actual = await answerWithLogits(own, options);
    const first = expected.ids.findIndex((id, index) => id !== actual.ids[index]);
    const same = first < 0 ? expected.logits.length : first;
    expect(same).toBeGreaterThan(2);
    for (let token = 0; token < same; token++) {
      const [a, b] = [actual.logits[token]!, expected.logits[token]!];
      expect(cosine(a, b)).toBeGreaterThan(0.999);
    }
  });

  it('ends within a layer when it is told to', async () => {
    const controller = new AbortController();
    const { backend } = own;
    const decode = backend.decode.bind(backend);
    const lengths: number[] = [];
    vi.spyOn(backend, 'decode').mockImplementation(async (requests) => {
      const { sequence } = requests[0]!;
      lengths.push(backend.cacheLength(sequence, 0));
      if (lengths.length === 3) controller.abort(new Error('enough'));
      return decode(requests).finally(() => lengths.push(backend.cacheLength(sequence, 0)));
    });
    const asked = {
      messages: 'Describe the picture.',
      images: [picture],
      temperature: 1000,
      seed: 5,
    };
    await expect(own.generate({ ...asked, signal: controller.signal })).rejects.toThrow('enough');
    // The third token was never there.
    expect(lengths.slice(-2)).toEqual([lengths.at(-1), lengths.at(-1)]);
    expect((await answerWithLogits(own, {})).ids.length).toBeGreaterThan(0);
  });
});
