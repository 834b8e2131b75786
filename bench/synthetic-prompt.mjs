// A prompt for models with random weights, whose answer nobody reads.

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

/** A question that makes a prompt with `tokens` tokens beside the picture's. */
export function questionOf(model, tokens) {
  let question = 'a';
  while (model.countTextTokens(question, 1) < tokens) question += ' a';
  return question;
}
