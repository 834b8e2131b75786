import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Answerer, AnswerPicture } from '@autoprune/eval';
import type { LlavaModel, PreparedPicture } from '@autoprune/llava';
import { generateOptions, type QuestionOptions } from '../options/question-options.js';

/** Pictures of the last question stay prepared: benchmarks ask several questions about one picture in a row. */
function pictureMemory(
  model: LlavaModel,
  options: QuestionOptions,
): (pictures: readonly AnswerPicture[]) => Promise<readonly PreparedPicture[]> {
  let remembered = new Map<string, Promise<PreparedPicture>>();
  const { imageMode, frame, reference = false } = options;
  const prepare = (picture: AnswerPicture): Promise<PreparedPicture> => {
    const input = typeof picture === 'string' ? picture : { bytes: picture, name: 'the data' };
    return model.preparePicture(input, { imageMode, frame, reference });
  };
  return (pictures) => {
    const next = new Map<string, Promise<PreparedPicture>>();
    const prepared = pictures.map((picture) => {
      if (typeof picture !== 'string') return prepare(picture);
      const one = remembered.get(picture) ?? prepare(picture);
      next.set(picture, one);
      return one;
    });
    remembered = next;
    return Promise.all(prepared);
  };
}

/** A loaded model with the pruning and generation settings of the options, as an answerer. */
export async function modelAnswerer(
  model: LlavaModel,
  options: QuestionOptions,
): Promise<Answerer> {
  const settings = await generateOptions(model, options);
  const prepare = pictureMemory(model, options);
  return {
    generate: async ({ messages, images, maxNewTokens, signal }) => {
      const { answer, finishReason, cost, timings, tokens } = await model.generate({
        ...settings,
        messages,
        images: await prepare(images),
        maxNewTokens,
        ...(signal && { signal }),
      });
      return {
        answer,
        finishReason,
        cost,
        timings: { ...timings },
        visualTokens: tokens.visual,
      };
    },
  };
}

/**
 * A fingerprint of a checkpoint's folder: its small files by content, its weights by name and size.
 */
export async function checkpointRevision(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name);
    const { size } = await stat(path);
    hash.update(`${name} ${size}\n`);
    if (name.endsWith('.json')) hash.update(await readFile(path));
  }
  return hash.digest('hex').slice(0, 16);
}
