import { createAutoprune } from '@autoprune/core/methods/autoprune';
import { describeGoldens, goldenPath, readTensors, spread } from '@autoprune/testing';
import { afterAll, beforeAll, expect } from 'vitest';
import { type LlavaModel, loadModel, type TracedRow, vicunaV1 } from '../src/index.js';
import { assemblePrompt } from '../src/runtime/assemble-prompt.js';

interface TraceLayer {
  layer: number;
  visualIn: number;
  visualOut: number;
  origin: number[];
  mergedIds?: number[];
  mergedMembers?: number[][];
}

interface TraceCase {
  id: string;
  image: string;
  question: string;
  prompt: string;
  inputIds: number[];
  visualTokens: number;
  target: number | null;
  x0: number;
  k0: number;
  gamma: number;
  mi1: number;
  k: number;
  firstCut: { kept: number[] };
  tokensIn: number[];
  layers: TraceLayer[];
  newTokenIds: number[];
  text: string;
  textFromTokenizerJson: string;
  top2LogitGaps: number[];
  zeroNoise?: { sameAsSeeded: boolean; newTokenIds: number[]; layers: TraceLayer[] | null };
}

interface Accounting {
  id: string;
  textTokens: number;
  visualIn: number[];
  visualOut: number[];
  averageVisualIn: number;
  averageVisualOut: number;
  flops: number;
  flopsDense: number;
}

/** Content of every layer's visual rows, merged rows as the sorted positions that went into them. */
function expectedRows(one: TraceCase, layers: readonly TraceLayer[]): unknown[][] {
  const members = new Map<number, number[]>();
  const flatten = (origin: number): number[] =>
    origin >= 0 ? [origin] : members.get(origin)!.flatMap(flatten);
  return [
    one.firstCut.kept,
    ...layers.map((layer) => {
      layer.mergedIds?.forEach((id, index) => {
        members.set(id, layer.mergedMembers![index]!);
      });
      return layer.origin.map((origin) =>
        origin >= 0 ? origin : [...flatten(origin)].sort(ascending),
      );
    }),
  ];
}

const ascending = (a: number, b: number): number => a - b;

const actualRows = (kept: readonly (readonly TracedRow[])[]): unknown[][] =>
  kept.map((rows) =>
    rows.map((row) =>
      typeof row === 'object' && row !== null && 'merged' in row
        ? [...(row.merged as number[])].sort(ascending)
        : row,
    ),
  );

/** Ids are compared up to the first step in which two logits nearly tie (unpruned traces are not filtered). */
const decisive = (gaps: readonly number[]): number => {
  const tie = gaps.findIndex((gap) => gap < 1e-3);
  return tie < 0 ? gaps.length : tie + 1;
};

/** Every model in the layouts that it is published in. */
const CHECKPOINTS = [
  ['tiny8-144', 'llava-hf'],
  ['tiny8-144', 'llava'],
  ['tiny32-576', 'llava-hf'],
  ['tiny32-576', 'llava'],
  ['tiny8-next', 'llava'],
] as const;

for (const [name, layout] of CHECKPOINTS) {
  const checkpoint = `autoprune/models/${name}/${layout}`;
  const files = [
    `autoprune/traces/${name}.json`,
    `autoprune/traces/${name}.safetensors`,
    `autoprune/traces/${name}.images.safetensors`,
    `${checkpoint}/config.json`,
    'autoprune/accounting.json',
  ];
  describeGoldens(`autoprune/traces/${name} end to end, ${layout}`, files, (set) => {
    const { cases } = set.json<{ cases: TraceCase[] }>(files[0]!);
    const tensors = readTensors(set.path(files[1]!));
    const imageTensors = readTensors(set.path(files[2]!));
    let model: LlavaModel;

    beforeAll(async () => {
      model = await loadModel(set.path(checkpoint));
    });
    afterAll(async () => {
      await model.release();
    });

    const imageOf = (one: TraceCase) => goldenPath(`autoprune/images/${one.image}.png`)!;

    const ask = (one: TraceCase, noise?: (layer: number) => Float32Array | undefined) =>
      model.generate({
        messages: one.question,
        images: [imageOf(one)],
        template: vicunaV1,
        method: one.target === null ? 'none' : createAutoprune(noise ? { mergeNoise: noise } : {}),
        parameters:
          one.target === null
            ? {}
            : { targetTokens: one.target, x0: one.x0, k0: one.k0, gamma: one.gamma },
        reference: true,
        maxNewTokens: one.newTokenIds.length,
        trace: true,
      });

    const expectRun = async (
      one: TraceCase,
      answer: Awaited<ReturnType<typeof ask>>,
      expected: { ids: number[]; layers: readonly TraceLayer[] | null; logits: string },
    ) => {
      const steps = one.target === null ? decisive(one.top2LogitGaps) : expected.ids.length;
      expect(answer.generatedIds.slice(0, steps)).toEqual(expected.ids.slice(0, steps));
      const logits = tensors.get(`${one.id}.${expected.logits}`)!;
      const vocabulary = logits.shape[1]!;
      const first = answer.trace!.firstTokenLogits.slice(0, vocabulary);
      expect(spread(first, logits.data.subarray(0, vocabulary))).toBeLessThanOrEqual(2e-4);
      if (one.target === null) return;
      expect(answer.layers.map(({ entering }) => entering)).toEqual(
        one.tokensIn.map((tokens) => tokens - (one.tokensIn[0]! - one.visualTokens)),
      );
      expect(Math.abs(answer.method.complexity! - one.mi1)).toBeLessThanOrEqual(1e-5);
      expect(Math.abs(answer.method.slope! - one.k)).toBeLessThanOrEqual(1e-5);
      expect(actualRows(answer.trace!.kept)).toEqual(expectedRows(one, expected.layers!));
    };

    set.each(
      cases,
      ({ id }) => `${id}, recorded noise`,
      async (one) => {
        const { ids } = assemblePrompt(
          [
            {
              role: 'user',
              content: [{ type: 'image' }, { type: 'text', text: one.question }],
            },
          ],
          vicunaV1,
          model.files.tokenizer,
          model.files.config,
          [1],
        );
        expect(Array.from(ids, (id) => (id < 0 ? -200 : id))).toEqual(one.inputIds);
        const answer = await ask(one, (layer) => tensors.get(`${one.id}.noise.${layer}`)?.data);
        await expectRun(one, answer, {
          ids: one.newTokenIds,
          layers: one.layers,
          logits: 'logits',
        });
        // All twelve tokens are always generated, so that the texts can be compared whole.
        const text = layout === 'llava' ? one.text : one.textFromTokenizerJson;
        if (one.target !== null) expect(answer.answer).toBe(text.trim());
      },
    );

    set.each(
      cases.filter(({ zeroNoise }) => zeroNoise),
      ({ id }) => `${id}, zero noise`,
      async (one) => {
        const zero = one.zeroNoise!;
        await expectRun(one, await ask(one), {
          ids: zero.newTokenIds,
          layers: zero.sameAsSeeded ? one.layers : zero.layers,
          logits: tensors.has(`${one.id}.logits_zero_noise`) ? 'logits_zero_noise' : 'logits',
        });
      },
    );

    const accounting = set
      .json<{ cases: Accounting[] }>('autoprune/accounting.json')
      .cases.filter(({ id }) => id.startsWith(`${name}/`));
    set.each(
      accounting,
      ({ id }) => `${id}: tokens and FLOPs`,
      async (one) => {
        const { cost, layers, tokens } = await ask(cases.find(({ id }) => id === one.id)!);
        expect(layers.map(({ entering }) => entering)).toEqual(one.visualIn);
        expect(layers.map(({ leaving }) => leaving)).toEqual(one.visualOut);
        expect(tokens.text).toBe(one.textTokens);
        expect(cost.meanEntering).toBe(one.averageVisualIn);
        expect(cost.meanLeaving).toBe(one.averageVisualOut);
        expect(cost.flops).toBe(one.flops);
        expect(cost.flopsUnpruned).toBe(one.flopsDense);
      },
    );

    set.each(
      [...new Set(cases.map(({ image }) => image))],
      (image) => `${image}: pixels, features and saliency`,
      async (image) => {
        const picture = await model.preparePicture(goldenPath(`autoprune/images/${image}.png`)!, {
          reference: true,
        });
        const optional = (part: string) => imageTensors.get(`${image}.${part}`)?.data;
        const stored = (part: string) => optional(part)!;
        expect(spread(picture.pixels, stored('pixel_values'))).toBeLessThanOrEqual(0.02);
        expect(Array.from(picture.padding ?? [])).toEqual(
          Array.from(optional('padding_mask') ?? []),
        );
        await model.generate({
          messages: 'Why?',
          images: [picture],
          method: 'autoprune',
          reference: true,
          maxNewTokens: 1,
        });
        const { tokens, saliency } = picture.encoded as Required<
          NonNullable<typeof picture.encoded>
        >;
        expect(spread(tokens, stored('image_features'))).toBeLessThanOrEqual(1e-4);
        expect(spread(saliency!, stored('cls_attention'))).toBeLessThanOrEqual(1e-6);
      },
    );
  });
}
