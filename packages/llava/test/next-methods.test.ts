import { AutopruneError, type Method } from '@autoprune/core';
import { methods } from '@autoprune/core/methods';
import { describeGoldens, spread } from '@autoprune/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type GenerateOptions,
  type LlavaModel,
  loadModel,
  type PreparedPicture,
} from '../src/index.js';

// Every method on LLaVA-NeXT, whose pictures are several tiles with rows that end the lines.

const CHECKPOINT = 'models/checkpoints/llava_next_vicuna_bf16';
const PICTURE = 'models/images/wide.jpg';
const THIN = 'models/images/thin_w3.png';
/** CDPruner needs embeddings that no LLaVA checkpoint has. */
const running = methods.filter(({ name }) => name !== 'cdpruner' && name !== 'none');

/** How far the FLOPs may be off: one of eight layers to choose, tiles that are merged before they are cut. */
const COARSE: Readonly<Record<string, number>> = { vtw: 0.1, tome: 0.05 };

/** Half of the FLOPs, of the cache, or the method's own numbers. */
function optionsFor({ name, budgets }: Method): Partial<GenerateOptions> {
  if (!budgets) return { method: name, budget: { kind: 'flops', value: 0.5 } };
  const share = budgets.includes('keepRatio');
  return { method: name, budget: share ? { kind: 'keepRatio', value: 0.5 } : { kind: 'native' } };
}

describeGoldens('methods on LLaVA-NeXT', [`${CHECKPOINT}/config.json`, PICTURE, THIN], (set) => {
  let model: LlavaModel;
  let picture: PreparedPicture;
  beforeAll(async () => {
    model = await loadModel(set.path(CHECKPOINT));
    picture = await model.preparePicture(set.path(PICTURE));
  });
  afterAll(async () => {
    await model.release();
  });
  const ask = (options: Partial<GenerateOptions>) =>
    model.generate({
      messages: 'What is this?',
      images: [picture],
      maxNewTokens: 4,
      trace: true,
      ...options,
    });

  it('has a picture of several tiles', () => {
    expect(picture.tiles).toBeGreaterThan(1);
    expect(picture.packing.places.some(({ endsRow }) => endsRow)).toBe(true);
  });

  it.each(running.map((method) => [method.name, method] as const))('%s', async (name, method) => {
    const options = optionsFor(method);
    const result = await ask(options);
    expect(result.generatedIds.length).toBeGreaterThan(0);
    expect(result.trace!.firstTokenLogits.every(Number.isFinite)).toBe(true);
    const { flopsRatio, kvBytes, kvBytesUnpruned } = result.cost;
    expect(Math.min(flopsRatio, kvBytes / kvBytesUnpruned)).toBeLessThan(0.95);
    if (options.budget?.kind === 'flops') {
      expect(Math.abs(flopsRatio - 0.5)).toBeLessThan(COARSE[name] ?? 0.03);
    }
    const computed = await ask({ ...options, computeDeadRows: true });
    expect(computed.trace!.kept).toEqual(result.trace!.kept);
    const { firstTokenLogits } = computed.trace!;
    expect(spread(result.trace!.firstTokenLogits, firstTokenLogits)).toBeLessThanOrEqual(1e-4);
  });

  it('rows of a picture so thin that they have no token are read by every method', async () => {
    const thin = await model.preparePicture(set.path(THIN));
    expect(thin.packing.places.some(({ endsRow }) => endsRow && endsRow[0] === endsRow[1])).toBe(
      true,
    );
    for (const method of running) {
      const result = await ask({ ...optionsFor(method), images: [thin] });
      expect(result.trace!.firstTokenLogits.every(Number.isFinite)).toBe(true);
    }
  });

  it('cdpruner says what is missing', async () => {
    const failure = await ask({ method: 'cdpruner' }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(AutopruneError.isInstance(failure)).toBe(true);
    expect((failure as Error).message).toMatch(/no text tower/);
  });
});
