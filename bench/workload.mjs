// One question about one picture for a model with random weights, where what it says does not matter.

const TEXT_TOKENS = 60;

/** A square picture in which no two patches are alike. */
function noise(side) {
  const data = new Uint8Array(side * side * 3);
  let state = 1;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data[i] = state >>> 24;
  }
  return { width: side, height: side, data };
}

/**
 * The question of a model: 60 text tokens or one more, and a picture of one tile, or of four where a picture is cut.
 *
 * @returns a function that asks it once; `target` is the mean of the tokens leaving a layer, null unpruned
 */
export function questionOf(model) {
  const { vision, tiling } = model.files.config;
  const picture = noise(vision.imageSize * (tiling ? 2 : 1));
  let messages = 'a';
  while (model.countTextTokens(messages, 1) < TEXT_TOKENS) messages += ' a';
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
