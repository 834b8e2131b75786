import type { LlavaModel, RgbPicture } from '@autoprune/llava';
import type { Workload } from './measure.js';

/** A question that makes the prompt so many text tokens long, or as near as its words allow. */
function questionOf(model: LlavaModel, textTokens: number): string {
  const words = (count: number): string =>
    Array.from({ length: count }, (_, index) => 'abcdefghij'[index % 10]).join(' ');
  let count = 1;
  while (model.countTextTokens(words(count), 1) < textTokens) count++;
  return words(count);
}

/** A square picture in which no two patches are alike. */
function noisePicture(side: number): RgbPicture {
  const data = new Uint8Array(side * side * 3);
  let state = 1;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data[i] = state >>> 24;
  }
  return { width: side, height: side, data };
}

/**
 * One question for any model: what it says does not matter, its lengths do.
 *
 * @param textTokens  tokens of the prompt beside the visual ones
 * @param newTokens  tokens to generate
 */
export function workloadOf(model: LlavaModel, textTokens: number, newTokens: number): Workload {
  const { vision, tiling } = model.files.config;
  return {
    // A picture that is cut becomes four tiles.
    picture: noisePicture(vision.imageSize * (tiling ? 2 : 1)),
    question: questionOf(model, textTokens),
    newTokens,
  };
}
