import { join } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import { spread } from '@autoprune/testing';
import { modelFolder, shapesVqaFolder } from '@autoprune/tiny-llava';
import { afterAll, describe, expect, it } from 'vitest';
import { type GenerateOptions, loadModel } from '../src/index.js';

const picture = join(shapesVqaFolder, 'images', '0000.jpg');
const other = join(shapesVqaFolder, 'images', '0001.jpg');
const question =
  'How many triangles are there?\nAnswer the question using a single word or phrase.';

const model = await loadModel('tiny');
afterAll(() => model.release());

const ask = (options: Partial<GenerateOptions> = {}) =>
  model.generate({ messages: question, images: [picture], maxNewTokens: 16, ...options });

describe('dead rows', () => {
  it.each<[string, Partial<GenerateOptions>]>([
    ['none', { method: 'none' }],
    ['autoprune', { method: 'autoprune', budget: { kind: 'meanLeaving', value: 32 } }],
    [
      'autoprune --reference',
      { method: 'autoprune', reference: true, budget: { kind: 'meanLeaving', value: 24 } },
    ],
    ['fastv', { method: 'fastv', parameters: { layer: 3, keep: 20 } }],
    ['random in the decoder', { method: 'random', parameters: { layer: 2, keep: 30 } }],
  ])('skipping them changes nothing: %s', async (_, options) => {
    const skipped = await ask({ ...options, trace: true });
    const computed = await ask({ ...options, trace: true, computeDeadRows: true });
    expect(skipped.trace!.kept).toEqual(computed.trace!.kept);
    expect(skipped.generatedIds).toEqual(computed.generatedIds);
    const { firstTokenLogits } = computed.trace!;
    expect(spread(skipped.trace!.firstTokenLogits, firstTokenLogits)).toBeLessThanOrEqual(1e-4);
    // The field's formula does not see it; what was really computed does.
    expect(skipped.cost.flops).toBe(computed.cost.flops);
    expect(skipped.cost.realFlops).toBeLessThan(computed.cost.realFlops);
  });
});

describe('signals', () => {
  it('nothing is scored when no method asks', async () => {
    const { cost, timings } = await ask({ method: 'none' });
    expect(cost.pruningFlops).toBe(0);
    expect(timings.pruningMs).toBeLessThan(1);
    const prepared = await model.preparePicture(picture);
    await ask({ images: [prepared], method: 'fastv' });
    // FastV does not look at the tower's attention.
    expect(prepared.encoded!.saliency).toBeUndefined();
    await ask({ images: [prepared], method: 'autoprune' });
    expect(prepared.encoded!.saliency).toHaveLength(144);
  });

  it('FastV scores one row in one layer', async () => {
    const { cost } = await ask({ method: 'fastv', parameters: { layer: 3, keep: 20 } });
    expect(cost.pruningFlops).toBe(2 * 144 * 128);
  });
});

describe('prompts', () => {
  it('without a picture are answered', async () => {
    const { tokens, answer, layers } = await ask({ images: [], method: 'autoprune' });
    expect(tokens.visual).toBe(0);
    expect(layers.every(({ entering }) => entering === 0)).toBe(true);
    expect(answer).toBeTypeOf('string');
  });

  it('with several pictures share the budget over all visual tokens', async () => {
    const { tokens, cost } = await ask({
      images: [picture, other],
      method: 'autoprune',
      budget: { kind: 'meanLeaving', value: 48 },
    });
    expect(tokens.visual).toBe(288);
    expect(cost.meanLeaving).toBe(48);
  });

  it('equal unpruned ones when everything fits into the budget', async () => {
    const full = await ask({ method: 'none', trace: true });
    const kept = await ask({
      method: 'autoprune',
      budget: { kind: 'meanLeaving', value: 144 },
      trace: true,
    });
    expect(kept.generatedIds).toEqual(full.generatedIds);
    const { firstTokenLogits } = full.trace!;
    expect(spread(kept.trace!.firstTokenLogits, firstTokenLogits)).toBeLessThanOrEqual(1e-4);
  });

  it('that are too long are refused with the numbers', async () => {
    await expect(ask({ messages: 'word '.repeat(3000) })).rejects.toThrow(
      /prompt is \d+ tokens long, but the checkpoint was made for 2048/,
    );
  });

  it.each([
    ['meanEntering', 60],
    ['flops', 0.5],
    ['keepRatio', 0.25],
  ] as const)('meet a budget of %s=%d', async (kind, value) => {
    const { cost } = await ask({ method: 'autoprune', budget: { kind, value } });
    const met = {
      meanEntering: cost.meanEntering,
      flops: cost.flopsRatio,
      keepRatio: cost.meanLeaving / 144,
    };
    expect(Math.abs(met[kind] - value)).toBeLessThan(kind === 'meanEntering' ? 0.5 : 0.01);
  });
});

describe('generation', () => {
  it('can be awaited, iterated, and both', async () => {
    const generation = ask({ method: 'autoprune' });
    const parts = [];
    for await (const part of generation) parts.push(part);
    const result = await generation;
    expect(parts[0]!.type).toBe('prune-report');
    expect(parts.at(-1)).toEqual({ type: 'finish', result });
    const text = parts.map((part) => (part.type === 'text-delta' ? part.text : '')).join('');
    expect(text).toBe(result.answer);
  });

  it('ends at a stop string and does not show it', async () => {
    const long = { messages: 'Hello', images: [], temperature: 3, seed: 1, maxNewTokens: 60 };
    const { answer } = await ask(long);
    const stop = answer.slice(8, 11);
    const stopped = await ask({ ...long, stop: [stop] });
    expect(stopped.finishReason).toBe('stop');
    expect(stopped.answer).toBe(answer.slice(0, answer.indexOf(stop)).trim());
  });

  it('ends at the limit', async () => {
    const { finishReason, generatedIds } = await ask({ maxNewTokens: 1 });
    expect(finishReason).toBe('length');
    expect(generatedIds).toHaveLength(1);
  });

  it('draws the same answer for the same seed', async () => {
    const draw = (seed: number) => ask({ temperature: 5, seed, maxNewTokens: 30 });
    const [a, b, c] = [await draw(5), await draw(5), await draw(6)];
    expect(a.generatedIds).toEqual(b.generatedIds);
    expect(a.generatedIds).not.toEqual(c.generatedIds);
  });

  it('rejects with the reason of its signal, between layers and between tokens', async () => {
    const reason = new Error('enough');
    const before = AbortSignal.abort(reason);
    await expect(ask({ signal: before })).rejects.toBe(reason);
    const during = new AbortController();
    const generation = ask({ signal: during.signal, temperature: 5, maxNewTokens: 500 });
    for await (const part of generation) {
      if (part.type === 'text-delta') {
        during.abort(reason);
        break;
      }
    }
    await expect(generation).rejects.toBe(reason);
  });

  it('keeps what there is on abort, when asked to', async () => {
    const during = new AbortController();
    const generation = ask({
      signal: during.signal,
      onAbort: 'keep',
      temperature: 5,
      maxNewTokens: 1500,
    });
    for await (const part of generation) if (part.type === 'text-delta') during.abort();
    const { finishReason, answer } = await generation;
    expect(finishReason).toBe('aborted');
    expect(answer.length).toBeGreaterThan(0);
  });

  it('stops the work when the loop is left', async () => {
    const generation = ask({ temperature: 5, maxNewTokens: 1500 });
    for await (const part of generation) if (part.type === 'text-delta') break;
    await expect(generation).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('two answers at once do not disturb each other', async () => {
    const alone = [await ask(), await ask({ images: [other], method: 'autoprune' })];
    const together = await Promise.all([ask(), ask({ images: [other], method: 'autoprune' })]);
    expect(together.map(({ generatedIds }) => generatedIds)).toEqual(
      alone.map(({ generatedIds }) => generatedIds),
    );
  });

  it('errors come from awaiting, with a code', async () => {
    const error = await ask({ method: 'fastvv' }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(AutopruneError.isInstance(error, 'METHOD_UNKNOWN')).toBe(true);
    await expect(ask({ maxNewTokens: 0 })).rejects.toThrow(/maxNewTokens/);
  });
});

describe('conversations', () => {
  const questions = [question, 'What color is the ring?', 'Where is the heart?'];

  it.each([false, true])(
    'on the pruned cache equal those read again, without pruning (%s)',
    async (reuseCache) => {
      const session = model.startChat({
        images: [picture],
        method: 'none',
        reuseCache,
        maxNewTokens: 12,
      });
      const answers = [];
      for (const one of questions) answers.push((await session.ask(one)).answer);
      session.release();
      const plain = model.startChat({ images: [picture], method: 'none', maxNewTokens: 12 });
      for (const [index, one] of questions.entries()) {
        expect(answers[index]).toBe((await plain.ask(one)).answer);
      }
    },
  );

  it('encode their pictures once', async () => {
    const prepared = await model.preparePicture(picture);
    await using session = model.startChat({ images: [prepared], method: 'autoprune' });
    await session.ask(question);
    const { encoded } = prepared;
    await session.ask('What color is the ring?');
    expect(prepared.encoded).toBe(encoded);
    expect(session.history).toHaveLength(4);
  });

  it.each(['autoprune', 'fastv'])('go on with the pruned cache of %s', async (method) => {
    await using session = model.startChat({ images: [picture], method, reuseCache: true });
    const first = await session.ask(question);
    const second = await session.ask('What color is the ring?');
    expect(second.cacheReused).toBe(true);
    expect(second.layers).toEqual(first.layers);
    expect(second.answer.length).toBeGreaterThan(0);
  });

  it('begin anew after an aborted turn', async () => {
    await using session = model.startChat({ images: [picture], method: 'none', reuseCache: true });
    await session.ask(question);
    const stop = new AbortController();
    stop.abort();
    await expect(session.ask('What color is the ring?', { signal: stop.signal })).rejects.toThrow();
    expect((await session.ask(question)).answer).toBe('2');
  });
});

describe('resources', () => {
  it('do not grow over 200 questions', async () => {
    const settle = async () => {
      globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return process.memoryUsage().rss;
    };
    for (let i = 0; i < 100; i++) await ask({ method: 'autoprune' });
    const before = await settle();
    for (let i = 0; i < 100; i++) await ask({ method: 'autoprune' });
    const after = await settle();
    // 100 questions that kept their caches would hold 70 MB, or 200 MB with their pictures.
    expect(after - before).toBeLessThan(40e6);
  });

  it('are freed, and a second release does nothing', async () => {
    const second = await loadModel(modelFolder);
    await second.release();
    await second.release();
    await expect(second.generate({ messages: 'Hello' })).rejects.toThrow();
  });

  it('are freed when loading is aborted', async () => {
    const stop = new AbortController();
    const loading = loadModel('tiny', {
      signal: stop.signal,
      onProgress: (report) => {
        if (report.stage === 'load' && report.done === 5) stop.abort();
      },
    });
    await expect(loading).rejects.toMatchObject({ name: 'AbortError' });
  });
});

it('most of the evaluation set is answered right, unpruned', async () => {
  const { readFileSync } = await import('node:fs');
  const lines = <T>(file: string): T[] =>
    readFileSync(join(shapesVqaFolder, file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as T);
  const questions = lines<{ image: string; text: string }>('questions.jsonl').slice(0, 300);
  const expected = lines<{ answer: string }>('annotations.jsonl');
  let right = 0;
  for (const [index, { image, text }] of questions.entries()) {
    const { answer } = await ask({
      messages: text,
      images: [join(shapesVqaFolder, 'images', image)],
    });
    if (answer === expected[index]!.answer) right++;
  }
  // The whole set, 97.0 %, is measured by bench/accuracy.mjs.
  expect(right / questions.length).toBeGreaterThan(0.94);
});
