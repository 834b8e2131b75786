// The part to write for a runtime of your own: compute what a method asks to see, and carry out what it decides.
import {
  createPruner,
  referenceKernels,
  ruleRowMap,
  ruleScores,
  selectRows,
} from '@autoprune/core';
import { geometry, runLayer } from './toy-decoder.mjs';

/** Reads signals out of a layer's attention. Rows stand as before the pictures, visual, text. */
function signalsOf(attention, before, visual, saliency) {
  const asking = { text: (rows) => rows.slice(before + visual), last: (rows) => rows.slice(-1) };
  return {
    get(request) {
      if (request.kind === 'saliency') return saliency;
      if (request.kind !== 'attention' && request.kind !== 'mutual-information')
        throw new Error(`this decoder has no ${request.kind}`);
      // [heads][chosen rows][visual keys], not renormalised over the visual keys
      const chosen = attention.map((rows) =>
        asking[request.rows](rows).map((keys) => keys.slice(before, before + visual)),
      );
      const heads = Float32Array.from(chosen.flat(2));
      const rows = chosen[0].length;
      if (request.kind === 'mutual-information')
        return Float32Array.from(referenceKernels.mutualInformation(heads, geometry.heads, rows));
      if (request.reduce === 'heads') return heads;
      const sums = new Float32Array(visual);
      for (const [index, value] of heads.entries()) sums[index % visual] += value;
      return sums.map((sum) => sum / (geometry.heads * rows));
    },
  };
}

/** Output rows of a row map: each is a weighted sum of input rows. */
function applyMap(map, rows) {
  return Array.from({ length: map.outputRows }, (_, output) => {
    const sum = new Float32Array(geometry.hiddenSize);
    for (let at = map.offsets[output]; at < map.offsets[output + 1]; at++)
      for (let index = 0; index < sum.length; index++)
        sum[index] += map.weights[at] * rows[map.inputs[at]][index];
    return sum;
  });
}

function rowMapOf(decision, signals, visualRows) {
  if (decision.kind === 'row-map') return decision;
  const scores = ruleScores(decision, signals);
  const selection = selectRows(decision, scores, referenceKernels);
  const hidden = Float32Array.from([...selection.pool].flatMap((row) => [...visualRows[row]]));
  const pool = { hidden, width: geometry.hiddenSize };
  return ruleRowMap(decision, selection, scores.length, referenceKernels, pool);
}

/**
 * Runs a prompt through the toy decoder with a pruning method between its layers.
 *
 * @param prompt  `before`, `visual`, `text`: rows; `saliency`: float32 [visual], what the vision tower attends to
 * @returns the visual tokens entering and leaving each layer, and what the method says of itself
 */
export function prefill(prompt, options) {
  const { before, visual, text } = prompt;
  const run = createPruner(options).start({
    geometry,
    visualTokens: visual.length,
    textTokens: text.length,
    otherTokens: before.length + text.length,
  });
  run.setRows({ ...run.rows, saliency: prompt.saliency });
  let rows = [...before, ...visual, ...text];
  const renumber = () => Array.from(rows, (_, index) => index);
  let positions = renumber();

  for (let layer = 0; layer < geometry.layers; layer++) {
    const count = run.rows.contents.length;
    run.enterLayer(layer);
    const ran = runLayer(layer, rows, positions);
    rows = ran.rows;
    const site = { kind: 'layer', layer };
    if (run.requestsAt(site)) {
      const signals = signalsOf(ran.attention, before.length, count, run.rows.saliency);
      const decision = run.decide(site, signals);
      if (decision) {
        const end = before.length + count;
        const map = rowMapOf(decision, signals, rows.slice(before.length, end));
        const kept = applyMap(map, rows.slice(before.length, end));
        const after = positions.slice(end);
        run.apply(map);
        rows = [...rows.slice(0, before.length), ...kept, ...rows.slice(end)];
        positions =
          run.positions === 'renumber'
            ? renumber()
            : [
                ...positions.slice(0, before.length),
                ...Array.from(run.rows.positions, (position) => before.length + position),
                ...after,
              ];
      }
    }
    run.leaveLayer(layer);
  }
  return { counts: run.counts(), report: run.report() };
}
