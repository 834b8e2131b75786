import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { availableKernels } from '@autoprune/kernels';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type GenerateOptions, type LlavaModel, loadModel } from '../src/index.js';
import { sessionChoice } from '../src/onnx/session-choice.js';

const addon = process.env.AUTOPRUNE_SESSION === 'binding' ? undefined : sessionChoice().addon;
const native = addon !== undefined && availableKernels()[0] !== 'portable';
const picture = (name: string): string => join(shapesVqaFolder, 'images', `${name}.jpg`);

const ANSWERS: readonly GenerateOptions[] = [
  { messages: 'Describe the picture.', images: [picture('0000')], method: 'none' },
  { messages: 'What is there?', images: [picture('0001')], method: 'autoprune' },
  { messages: 'Describe the picture.', images: [picture('0002')], method: 'snapkv' },
  {
    messages: 'How many circles are there?',
    images: [picture('0000')],
    method: 'h2o',
    parameters: { budget: 0.3, whileDecoding: true },
  },
];

describe.skipIf(!native).each(['fp32', 'int8'] as const)(
  'answers at the same time, with %s caches',
  (cacheDtype) => {
    let folder: string;
    let model: LlavaModel;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'autoprune-cache-'));
      vi.stubEnv('AUTOPRUNE_CACHE', folder);
      model = await loadModel('tiny', { dtype: 'mixed', cacheDtype });
      vi.unstubAllEnvs();
    });
    afterEach(() => {
      vi.restoreAllMocks();
    });
    afterAll(async () => {
      await model.release();
      await rm(folder, { recursive: true });
    });

    const ask = async (options: GenerateOptions) => {
      // Any token may come, so that no answer ends at once.
      const settings = { maxNewTokens: 16, temperature: 1000, seed: 5 };
      return (await model.generate({ ...settings, ...options })).generatedIds;
    };
    const alone = async () => {
      const answers = [];
      for (const options of ANSWERS) answers.push(await ask(options));
      return answers;
    };

    it('are those that each has alone, in fewer runs', async () => {
      const expected = await alone();
      const runs = vi.spyOn(addon!, 'runPlan');
      expect(await Promise.all(ANSWERS.map(ask))).toEqual(expected);
      const tokens = expected.reduce((sum, ids) => sum + ids.length - 1, 0);
      expect(runs.mock.calls.length).toBeLessThan(0.7 * tokens);
    });

    it('go on when one of them is aborted', async () => {
      const expected = await alone();
      const controller = new AbortController();
      const reason = new Error('enough');
      const decode = model.backend.decode.bind(model.backend);
      let tokens = 0;
      vi.spyOn(model.backend, 'decode').mockImplementation((requests) => {
        if (++tokens === 20) setImmediate(() => controller.abort(reason));
        return decode(requests);
      });
      const ended = await Promise.allSettled(
        ANSWERS.map((options, index) =>
          ask(index === 1 ? { ...options, signal: controller.signal } : options),
        ),
      );
      expect(ended[1]).toEqual({ status: 'rejected', reason });
      for (const index of [0, 2, 3]) {
        expect(ended[index]).toEqual({ status: 'fulfilled', value: expected[index] });
      }
    });
  },
);
