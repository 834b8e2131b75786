import { join } from 'node:path';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { vi } from 'vitest';
import type { GenerateOptions, LlavaModel } from '../src/index.js';

/**
 * An answer about the first picture, and the logits of every token but the first, which comes from the prompt. With `forced`
 * the model takes in those ids, whatever it chose.
 */
export async function answerWithLogits(
  model: LlavaModel,
  options: Partial<GenerateOptions>,
  forced: readonly number[] = [],
) {
  vi.restoreAllMocks();
  const { backend } = model;
  const logits: Float32Array[] = [];
  const decode = backend.decode.bind(backend);
  const spy = vi.spyOn(backend, 'decode').mockImplementation(async ([request]) => {
    const token = forced[logits.length] ?? request!.token;
    const found = await decode([{ ...request!, token }]);
    logits.push(...found);
    return found;
  });
  const result = await model.generate({
    messages: 'Describe the picture.',
    images: [join(shapesVqaFolder, 'images', '0000.jpg')],
    maxNewTokens: 12,
    // Any token may come, so that no answer ends at once.
    temperature: 1000,
    seed: 5,
    ...options,
  });
  spy.mockRestore();
  return { ids: result.generatedIds, logits, result };
}

/** Of two rows of logits. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let [product, ofA, ofB] = [0, 0, 0];
  a.forEach((value, index) => {
    product += value * b[index]!;
    ofA += value ** 2;
    ofB += b[index]! ** 2;
  });
  return product / Math.sqrt(ofA * ofB);
}
