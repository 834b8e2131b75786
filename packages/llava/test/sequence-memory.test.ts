import { join } from 'node:path';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type GenerateOptions, type LlavaModel, loadModel } from '../src/index.js';
import { BufferPool } from '../src/onnx/buffer-pool.js';

const picture = join(shapesVqaFolder, 'images', '0000.jpg');
const other = join(shapesVqaFolder, 'images', '0001.jpg');

let model: LlavaModel;
beforeAll(async () => {
  model = await loadModel('tiny');
});
afterAll(async () => {
  await model.release();
});

const PROMPTS: readonly GenerateOptions[] = [
  { messages: 'How many triangles are there?', images: [picture], method: 'none' },
  { messages: 'What colour is the square?', images: [other, picture], method: 'none' },
  {
    messages: 'How many triangles are there?',
    images: [other],
    method: 'autoprune',
    budget: { kind: 'meanLeaving', value: 32 },
  },
  { messages: 'How many circles are there?', images: [picture], method: 'snapkv' },
];

/** What a prompt computes, to the bit. */
async function outcome(asked: LlavaModel, options: GenerateOptions) {
  const { generatedIds, trace } = await asked.generate({
    ...options,
    maxNewTokens: 6,
    trace: true,
  });
  return { generatedIds, logits: trace!.firstTokenLogits };
}

/** Each prompt on a model of its own, whose memory nobody used before. */
async function alone() {
  const outcomes = [];
  for (const options of PROMPTS) {
    const fresh = await loadModel('tiny');
    outcomes.push(await outcome(fresh, options));
    await fresh.release();
  }
  return outcomes;
}

describe('the memory of a sequence', () => {
  it('does not show what earlier sequences left in it', async () => {
    const expected = await alone();
    for (const order of [
      [0, 1, 2, 3],
      [3, 1, 2, 0],
      [2, 0, 3, 1],
    ]) {
      for (const index of order) {
        expect(await outcome(model, PROMPTS[index]!)).toEqual(expected[index]);
      }
    }
  });

  it('is its own while others run', async () => {
    const expected = await alone();
    for (let round = 0; round < 2; round++) {
      const outcomes = await Promise.all(PROMPTS.map((options) => outcome(model, options)));
      expect(outcomes).toEqual(expected);
    }
  });

  it('is given back when it is closed, unless something still runs on it', async () => {
    const give = vi.spyOn(BufferPool.prototype, 'give');
    const { backend } = model;
    const run = async (closeFirst: boolean) => {
      const sequence = backend.open();
      backend.setRows(sequence, await backend.embed([1, 2, 3]));
      const live = Int32Array.of(0, 1, 2);
      const running = backend.complete(0, [{ sequence, positions: [live], live }]);
      if (closeFirst) backend.close(sequence);
      await running;
      give.mockClear();
      backend.close(sequence);
      return give.mock.calls.length;
    };
    expect(await run(true)).toBe(0);
    expect(await run(false)).toBeGreaterThan(0);
    give.mockRestore();
  });

  it('is forgotten with the model', async () => {
    const clear = vi.spyOn(BufferPool.prototype, 'clear');
    const fresh = await loadModel('tiny');
    await fresh.release();
    expect(clear).toHaveBeenCalledTimes(1);
    clear.mockRestore();
  });
});
