import { join } from 'node:path';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { afterAll, expect, it, vi } from 'vitest';
import { loadModel } from '../src/index.js';

const blocks = vi.hoisted(() => ({ rows: 0 }));

/** Blocks of a few rows, where large models have blocks of a hundred. */
vi.mock('../src/onnx/row-blocks.js', async (original) => {
  const actual = await original<typeof import('../src/onnx/row-blocks.js')>();
  return {
    ...actual,
    rowBlocks: (rows: number, weights: number) =>
      blocks.rows === 0
        ? actual.rowBlocks(rows, weights)
        : actual.rowBlocks(rows, 4e9 / blocks.rows),
  };
});

const model = await loadModel('tiny');
afterAll(() => model.release());

const answer = async (method: string, rows: number) => {
  blocks.rows = rows;
  const { trace, generatedIds } = await model.generate({
    messages: 'How many triangles are there?',
    images: [join(shapesVqaFolder, 'images', '0000.jpg')],
    method,
    maxNewTokens: 8,
    trace: true,
  });
  return { kept: trace!.kept, logits: trace!.firstTokenLogits, generatedIds };
};

it.each(['none', 'autoprune', 'fastv', 'h2o', 'fitprune'])(
  'blocks of any length change nothing: %s',
  async (method) => {
    const whole = await answer(method, 0);
    for (const rows of [16, 37, 100]) {
      const cut = await answer(method, rows);
      expect(cut.kept).toEqual(whole.kept);
      expect(cut.generatedIds).toEqual(whole.generatedIds);
      const differences = cut.logits.map((logit, token) => Math.abs(logit - whole.logits[token]!));
      expect(Math.max(...differences)).toBeLessThan(1e-4);
    }
  },
);
