import { describeGoldens, goldenPath, readTensors, spread } from '@autoprune/testing';
import { afterAll, beforeAll, expect } from 'vitest';
import { type ChatMessage, type LlavaModel, loadModel } from '../src/index.js';
import { assemblePrompt } from '../src/runtime/assemble-prompt.js';

interface Run {
  run: string;
  messages: ChatMessage[];
  images: string[];
  prompt: string;
  input_ids: number[];
  image_token_id: number;
  num_image_tokens: number;
  tokens_per_image?: number[];
  greedy_ids: number[];
  greedy_text: string;
  decisive_prefix: number;
  step_logits_steps: number[];
  tensors: string;
  image_file?: string;
}

for (const name of [
  'llava15_old_fp16_sharded',
  'llava15_new_fp32',
  'llava15_bin',
  'llava_next_vicuna_bf16',
  'llava_next_mistral_fp16',
]) {
  const files = [
    `models/runs/${name}/runs.json`,
    `models/checkpoints/${name}/config.json`,
    'models/images/wide.jpg',
  ];
  describeGoldens(`models/runs/${name} end to end`, files, (set) => {
    const { runs } = set.json<{ runs: Run[] }>(files[0]!);
    let model: LlavaModel;
    beforeAll(async () => {
      model = await loadModel(set.path(`models/checkpoints/${name}`));
    });
    afterAll(async () => {
      await model.release();
    });
    set.each(
      runs,
      ({ run }) => run,
      async (one) => {
        const { text, ids } = assemblePrompt(
          one.messages,
          model.template,
          model.files.tokenizer,
          model.files.config,
          one.tokens_per_image ?? [],
        );
        expect(text).toBe(one.prompt);
        expect(Array.from(ids, (id) => (id < 0 ? one.image_token_id : id))).toEqual(one.input_ids);
        const images = await Promise.all(
          one.images.map((image) => model.preparePicture(goldenPath(`models/images/${image}`)!)),
        );
        const answer = await model.generate({
          messages: one.messages,
          images,
          maxNewTokens: one.greedy_ids.length,
          trace: true,
        });
        const stored = readTensors(set.path(`models/runs/${name}/${one.tensors}`));
        const logits = stored.get('logits_last')!.data;
        expect(spread(answer.trace!.firstTokenLogits, logits)).toBeLessThanOrEqual(3e-3);
        expect(answer.generatedIds.slice(0, one.decisive_prefix)).toEqual(
          one.greedy_ids.slice(0, one.decisive_prefix),
        );
        if (one.decisive_prefix >= one.greedy_ids.length) {
          expect(answer.answer).toBe(one.greedy_text.trim());
        }
        expect(answer.tokens.visual).toBe(one.num_image_tokens);
        if (one.image_file) {
          const image = readTensors(set.path(`models/runs/${name}/${one.image_file}`));
          const features = image.get('image_features')!.data;
          expect(spread(images[0]!.encoded!.tokens!, features)).toBeLessThanOrEqual(2e-4);
        }
      },
    );
  });
}
