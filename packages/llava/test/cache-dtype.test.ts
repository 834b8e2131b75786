import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CacheDtype, type GenerateOptions, type LlavaModel, loadModel } from '../src/index.js';
import { OnnxBackend } from '../src/onnx/onnx-backend.js';
import { answerWithLogits, cosine } from './forced-answer.js';

const picture = join(shapesVqaFolder, 'images', '0000.jpg');

// With `mixed` the addon's decoder reads the caches where there is one, with `fp32` they are unpacked for onnxruntime.
describe.each(['mixed', 'fp32'] as const)('caches of a model in %s', (dtype) => {
  let folder: string;
  let plain: LlavaModel;
  const packed = new Map<CacheDtype, LlavaModel>();
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'autoprune-cache-'));
    vi.stubEnv('AUTOPRUNE_CACHE', folder);
    plain = await loadModel('tiny', { dtype });
    for (const cacheDtype of ['fp16', 'int8'] as const) {
      packed.set(cacheDtype, await loadModel('tiny', { dtype, cacheDtype }));
    }
    vi.unstubAllEnvs();
  });
  afterAll(async () => {
    for (const model of [plain, ...packed.values()]) await model.release();
    await rm(folder, { recursive: true });
  });

  describe.each([
    ['fp16', 0.9999],
    ['int8', 0.99],
  ] as const)('in %s', (cacheDtype, least) => {
    it.each<[string, Partial<GenerateOptions>]>([
      ['the whole prompt', { method: 'none' }],
      ['caches of unequal length', { method: 'autoprune' }],
      ['a cache that was cut', { method: 'snapkv' }],
      [
        'a cache that is cut for every token',
        { method: 'h2o', parameters: { budget: 0.3, whileDecoding: true } },
      ],
    ])('answer as those in fp32 do, with %s', async (_, options) => {
      const expected = await answerWithLogits(plain, options);
      const actual = await answerWithLogits(packed.get(cacheDtype)!, options, expected.ids);
      expect(actual.result.model).toMatchObject({ dtype, cacheDtype });
      expect(expected.result.model).not.toHaveProperty('cacheDtype');
      const count = Math.min(actual.logits.length, expected.logits.length);
      expect(count).toBeGreaterThan(2);
      for (let token = 0; token < count; token++) {
        expect(cosine(actual.logits[token]!, expected.logits[token]!)).toBeGreaterThan(least);
      }
    });

    it('go on for the next turn', async () => {
      const turns = async (model: LlavaModel) => {
        const chat = model.startChat({ images: [picture], reuseCache: true, method: 'autoprune' });
        const answers = [];
        for (const question of ['How many circles are there?', 'What colour is the square?']) {
          answers.push((await chat.ask(question)).generatedIds);
        }
        chat.release();
        return answers;
      };
      expect(await turns(packed.get(cacheDtype)!)).toEqual(await turns(plain));
    });
  });
});

describe('the cache of a sequence', () => {
  it('is in fewer bits when its prompt has been read', async () => {
    const model = await loadModel('tiny', { cacheDtype: 'int8' });
    const { backend } = model;
    expect(backend).toBeInstanceOf(OnnxBackend);
    const sequence = backend.open();
    const live = Int32Array.from({ length: 40 }, (_, row) => row);
    backend.setRows(sequence, await backend.embed(Array.from(live)));
    await backend.complete(0, [{ sequence, positions: [live], live }]);
    const keys = backend.readKeys(sequence, 0, live);
    const { headSize = 0 } = model.geometry;
    for (let from = 0; from < keys.length; from += headSize) {
      const row = keys.subarray(from, from + headSize);
      const step = Math.max(...row.map(Math.abs)) / 127;
      for (const value of row) {
        expect(Math.abs(value / step - Math.round(value / step))).toBeLessThan(1e-3);
      }
    }
    backend.close(sequence);
    await model.release();
  });
});
