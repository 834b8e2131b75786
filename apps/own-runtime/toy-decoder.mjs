/** A decoder of random weights in plain JavaScript: stands for the runtime that you have. It knows nothing of pruning. */
export const geometry = {
  layers: 8,
  heads: 4,
  keyValueHeads: 4,
  hiddenSize: 32,
  intermediateSize: 64,
};

/** Reproducible numbers in [−1, 1). */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** float32 [count] rows of [hiddenSize]. */
export function randomRows(count, seed) {
  const next = numbers(seed);
  return Array.from({ length: count }, () =>
    Float32Array.from({ length: geometry.hiddenSize }, next),
  );
}

const multiply = (weights, row) =>
  weights.map((column) => column.reduce((sum, weight, index) => sum + weight * row[index], 0));

function softmax(logits) {
  const largest = Math.max(...logits);
  const powers = logits.map((value) => Math.exp(value - largest));
  const total = powers.reduce((sum, value) => sum + value, 0);
  return powers.map((value) => value / total);
}

/**
 * Runs one layer.
 *
 * @param rows  one float32 [hiddenSize] a token
 * @param positions  one a token; attention falls with their distance
 * @returns rows of the same shape, and the post-softmax attention [heads][rows][keys], causal
 */
export function runLayer(layer, rows, positions) {
  const { heads, hiddenSize } = geometry;
  const headSize = hiddenSize / heads;
  const attention = [];
  const output = rows.map((row) => Float32Array.from(row));
  for (let head = 0; head < heads; head++) {
    const next = numbers(1 + layer * heads + head);
    const matrix = () =>
      Array.from({ length: headSize }, () => Array.from({ length: hiddenSize }, next));
    const [toQuery, toKey] = [matrix(), matrix()];
    const queries = rows.map((row) => multiply(toQuery, row));
    const keys = rows.map((row) => multiply(toKey, row));
    attention[head] = queries.map((query, asking) => {
      const logits = keys.slice(0, asking + 1).map((key, asked) => {
        const similarity = query.reduce((sum, value, index) => sum + value * key[index], 0);
        const distance = positions[asking] - positions[asked];
        return similarity / Math.sqrt(headSize) - 0.02 * distance;
      });
      return softmax(logits);
    });
    for (const [asking, weights] of attention[head].entries())
      for (let index = head * headSize; index < (head + 1) * headSize; index++)
        output[asking][index] += weights.reduce(
          (sum, weight, row) => sum + weight * rows[row][index],
          0,
        );
  }
  return { rows: output.map((row) => row.map(Math.tanh)), attention };
}
