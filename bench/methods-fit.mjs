import { layerFlops } from '@autoprune/core';
import { fitpruneFit } from '@autoprune/core/fitting';

/** Largest-of-heads attention that visual tokens receive in each layer, from the picture and from the text. */
function attentionRecorder(layers) {
  const received = (layer, rows) => ({ kind: 'attention', layer, rows, reduce: 'max-sum' });
  const samples = [];
  return {
    samples,
    method: {
      name: 'attention-recorder',
      title: 'Records attention, drops nothing',
      paper: null,
      repository: null,
      licence: 'Apache-2.0',
      sites: ['attention'],
      signals: [],
      positions: 'keep',
      order: 'spatial',
      questionDependent: false,
      adaptive: false,
      budgets: ['native'],
      parameters: [],
      simulate: (_, { visualTokens }) => {
        const counts = new Array(layers).fill(visualTokens);
        return { entering: counts, leaving: counts };
      },
      start: () => {
        const sample = [];
        samples.push(sample);
        return {
          sites: Array.from({ length: layers }, (_, layer) => ({
            site: { kind: 'attention', layer },
            signals: [received(layer, 'visual'), received(layer, 'text')],
            observes: true,
          })),
          decide: ({ layer }, { signals }) => {
            const self = signals.get(received(layer, 'visual'));
            const cross = signals.get(received(layer, 'text'));
            sample[layer] = { self: self.map((sum) => sum / self.length), cross };
          },
          report: () => ({ parameters: {} }),
        };
      },
    },
  };
}

let recorded;

/** FitPrune's own procedure: the smallest share of attention that every layer may lose at which the FLOPs are reached. */
export async function fitFitprune(model, questions, ask, flopsRatio) {
  const geometry = model.geometry;
  if (!recorded) {
    const { method, samples } = attentionRecorder(geometry.layers);
    let text = 0;
    for (const question of questions) text += (await ask(question, { method })).tokens.text;
    recorded = { samples, text: Math.round(text / questions.length) };
  }
  const { samples, text } = recorded;
  const tokens = samples[0][0].self.length;
  const flops = (entering) =>
    entering.reduce((sum, count) => sum + layerFlops(count + text, geometry), 0);
  const full = layerFlops(tokens + text, geometry) * geometry.layers;
  const fit = fitpruneFit(samples, { targetFlops: flopsRatio * full, flops });
  return { remove: fit.remove.join(',') };
}

/** One factor on MustDrop's mapped thresholds, by bisection on the mean FLOPs of the questions. */
export async function fitMustdrop(questions, ask, flopsRatio) {
  let low = Math.log(0.05);
  let high = Math.log(400);
  for (let step = 0; step < 9; step++) {
    const middle = (low + high) / 2;
    const threshold = 0.001 * Math.exp(middle);
    const parameters = { global: threshold, individual: threshold };
    let sum = 0;
    for (const question of questions)
      sum += (await ask(question, { method: 'mustdrop', parameters })).cost.flopsRatio;
    if (sum / questions.length > flopsRatio) low = middle;
    else high = middle;
  }
  const threshold = Number((0.001 * Math.exp((low + high) / 2)).toPrecision(4));
  return { global: threshold, individual: threshold };
}
