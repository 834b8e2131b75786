// A prompt for models with random weights, whose answer nobody reads.

/** Text tokens of a prompt, or one more. */
const TEXT_TOKENS = 60;

/** A square picture in which no two patches are alike; one that is cut into tiles where the model does that. */
export function noisePicture({ vision, tiling }) {
  const side = vision.imageSize * (tiling ? 2 : 1);
  const data = new Uint8Array(side * side * 3);
  let state = 1;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data[i] = state >>> 24;
  }
  return { width: side, height: side, data };
}

/** A question that makes a prompt of 60 text tokens beside the picture's. */
export function questionOf(model) {
  let question = 'a';
  while (model.countTextTokens(question, 1) < TEXT_TOKENS) question += ' a';
  return question;
}

/** A function that asks a model once; `target` is the mean of the tokens leaving a layer, null unpruned. */
export function asker(model) {
  const picture = noisePicture(model.files.config);
  const messages = questionOf(model);
  return async ({ target, newTokens, signal }) => {
    // Prepared anew, so that the first-token time includes the vision tower.
    const images = [await model.preparePicture(picture)];
    return model.generate({
      messages,
      images,
      ...(target === null
        ? { method: 'none' }
        : { method: 'autoprune', budget: { kind: 'meanLeaving', value: target } }),
      maxNewTokens: newTokens,
      ...(signal ? { signal } : {}),
    });
  };
}
