import { join } from 'node:path';
import { AutopruneError, type Budget, type Method, resolveParameters } from '@autoprune/core';
import { methods } from '@autoprune/core/methods';
import { spread } from '@autoprune/testing';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { afterAll, describe, expect, it } from 'vitest';
import { type GenerateOptions, loadModel } from '../src/index.js';
import { decoderGeometry, towerShape } from '../src/runtime/model-context.js';

const pictures = ['0000.jpg', '0001.jpg'].map((name) => join(shapesVqaFolder, 'images', name));
const question =
  'How many triangles are there?\nAnswer the question using a single word or phrase.';

const model = await loadModel('tiny');
afterAll(() => model.release());

const ask = (options: Partial<GenerateOptions>) =>
  model.generate({
    messages: question,
    images: [pictures[0]!],
    maxNewTokens: 8,
    trace: true,
    ...options,
  });

/** A budget that a method can be asked for. */
function budgetFor({ name, budgets }: Method): Budget {
  if (name === 'none') return { kind: 'native' };
  if (!budgets) return { kind: 'flops', value: 0.5 };
  return budgets.includes('keepRatio') ? { kind: 'keepRatio', value: 0.3 } : { kind: 'native' };
}

/** CDPruner needs embeddings that no LLaVA checkpoint has. */
const running = methods.filter(({ name }) => name !== 'cdpruner');

describe.each(running.map((method) => [method.name, method] as const))('%s', (_, method) => {
  const budget = budgetFor(method);

  it('answers, and its counts are those that it plans', async () => {
    const result = await ask({ method, budget });
    const { visual, text } = result.tokens;
    const context = {
      geometry: decoderGeometry(model.files.config),
      tower: towerShape(model.files.config),
      visualTokens: visual,
      otherTokens: text,
      textTokens: text,
      seed: 0,
      reference: false,
      budget,
    };
    const parameters = resolveParameters(method, {}, context);
    const counts = method.simulate(parameters, context);
    const entering = result.layers.map((layer) => layer.entering);
    expect(entering).toHaveLength(context.geometry.layers);
    if (!method.adaptive) expect(entering).toEqual(counts.entering);
    if (budget.kind === 'flops') {
      expect(Math.abs(result.cost.flopsRatio - 0.5)).toBeLessThan(
        method.name === 'vtw' ? 0.1 : 0.02,
      );
    }
    expect(result.trace!.firstTokenLogits.every(Number.isFinite)).toBe(true);
    expect(result.trace!.kept.map((rows) => rows.length).slice(0, -1)).toEqual(
      result.layers.map((layer) => layer.leaving).slice(0, -1),
    );
  });

  it('gives the same when rows that nobody reads are computed too', async () => {
    const skipped = await ask({ method, budget });
    const computed = await ask({ method, budget, computeDeadRows: true });
    expect(computed.trace!.kept).toEqual(skipped.trace!.kept);
    const { firstTokenLogits } = computed.trace!;
    expect(spread(skipped.trace!.firstTokenLogits, firstTokenLogits)).toBeLessThanOrEqual(1e-4);
  });

  it('does what the published scripts do, or says why it cannot', async () => {
    const answer = ask({ method, reference: true, parameters: {} });
    const outcome = await answer.then(
      ({ trace }) => trace!.firstTokenLogits.every(Number.isFinite),
      (error: unknown) => AutopruneError.isInstance(error, 'PARAMETER_INVALID'),
    );
    expect(outcome).toBe(true);
  });

  it('takes several pictures', async () => {
    const result = await ask({ method, budget, images: pictures });
    expect(result.tokens.visual).toBe(288);
    expect(result.trace!.firstTokenLogits.every(Number.isFinite)).toBe(true);
  });
});

describe('methods that keep everything change nothing', () => {
  it.each<[string, GenerateOptions['parameters']]>([
    ['tome', { keep: 144 }],
    ['fastervlm', { keep: 144 }],
    ['divprune', { keep: 144 }],
    ['vispruner', { keep: 144 }],
    ['gprune', { keep: 144 }],
    ['scope', { keep: 144 }],
    ['pyramiddrop', { keeps: '144,144,144' }],
    ['fitprune', { remove: '0,0,0,0,0,0,0,0' }],
    ['mustdrop', { global: 0, individual: 0, similarity: 1 }],
    ['dart', { perPivot: 144 }],
    ['snapkv', { budget: 1 }],
    ['h2o', { budget: 1 }],
    ['random-kv', { budget: 1 }],
  ])('%s', async (method, parameters = {}) => {
    const [plain, kept] = [await ask({ method: 'none' }), await ask({ method, parameters })];
    const { firstTokenLogits } = plain.trace!;
    expect(spread(kept.trace!.firstTokenLogits, firstTokenLogits)).toBeLessThanOrEqual(2e-4);
    expect(kept.generatedIds).toEqual(plain.generatedIds);
  });
});

describe('costs', () => {
  it('merging inside the tower saves work there', async () => {
    const plain = await ask({ method: 'none' });
    const merged = await ask({ method: 'tome', parameters: { keep: 40 } });
    expect(merged.cost.visionFlops).toBeLessThan(0.85 * plain.cost.visionFlops);
  });

  it('a cache method shrinks the cache, not the prefill', async () => {
    const { cost } = await ask({ method: 'snapkv', budget: { kind: 'keepRatio', value: 0.25 } });
    expect(cost.flopsRatio).toBe(1);
    expect(cost.kvBytes / cost.kvBytesUnpruned).toBeCloseTo(0.25, 2);
  });

  it('methods without signals score nothing', async () => {
    for (const method of ['vtw', 'first-n', 'random', 'streamingllm', 'random-kv']) {
      expect((await ask({ method })).cost.pruningFlops).toBe(0);
    }
  });
});

it('refuses what the checkpoint cannot give, and says what works', async () => {
  await expect(ask({ method: 'cdpruner' })).rejects.toThrow(/no text tower.*divprune and scope/);
  await expect(ask({ method: 'prumerge', budget: { kind: 'flops', value: 0.5 } })).rejects.toThrow(
    /takes native.*prumerge-plus/,
  );
  await expect(ask({ method: 'snapkv', budget: { kind: 'flops', value: 0.5 } })).rejects.toThrow(
    /takes keepRatio, native.*after the prefill/,
  );
  await expect(ask({ method: 'tome', parameters: { keep: 2 } })).rejects.toThrow(/halve 144 to 9/);
});
