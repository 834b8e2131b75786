import type { Answerer, AnswerPicture } from '@autoprune/eval';
import type { LlavaModel, PreparedPicture } from '@autoprune/llava';
import type { ModelOptions } from './settings.js';

/** Pictures of the last question stay prepared: benchmarks ask several questions about one picture in a row. */
function pictureMemory(
  model: LlavaModel,
  { imageMode, frame, reference = false }: ModelOptions,
): (pictures: readonly AnswerPicture[]) => Promise<readonly PreparedPicture[]> {
  let remembered = new Map<string, Promise<PreparedPicture>>();
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

/** A loaded model with pruning and generation settings, as an answerer. */
export function modelAnswerer(model: LlavaModel, options: ModelOptions): Answerer {
  const prepare = pictureMemory(model, options);
  return {
    generate: async ({ messages, images, maxNewTokens, signal }) => {
      const { answer, finishReason, cost, timings, tokens } = await model.generate({
        ...options,
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
