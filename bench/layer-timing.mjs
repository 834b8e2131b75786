// Whether the prefill gets faster as its FLOPs get fewer, for every method that acts inside the decoder: pruning takes
// rows out, it does not mask them. Unpruned and pruned prompts take turns, so that a drifting machine moves both.
//
//   node bench/layer-timing.mjs [--pairs 9] [--layers 8] [--hidden 2048] [--budgets 0.4,0.25] [--pictures 1] [--methods fastv,vtw]
//                               [--name layer-timing]
import { rmSync } from 'node:fs';
import { methods } from '@autoprune/core/methods';
import { loadModel } from '@autoprune/llava';
import { randomCheckpoint } from './random-checkpoint.mjs';
import { flags, spread, writeReport } from './report.mjs';
import { picturePath } from './shapesvqa.mjs';

const { pairs, layers, hidden, pictures, name, ...asked } = flags({
  pairs: 9,
  layers: 8,
  hidden: 2048,
  budgets: '0.4,0.25',
  pictures: 1,
  methods: '',
  name: 'layer-timing',
});
/** Names of the methods to measure; all that act inside the decoder when none is given. */
const names = asked.methods.split(',').filter(Boolean);
/** Shares of the unpruned FLOPs that are asked for. */
const budgets = asked.budgets.split(',').map(Number);
/** Points closer than this say little about a ratio. */
const LEAST_FACTOR = 2;
const TOLERANCE = 0.15;

const folder = await randomCheckpoint({ layers, hidden });
const model = await loadModel(folder, { dtype: 'fp32' });
const picture = await model.preparePicture(picturePath('0000.jpg'));

/** One prefill: milliseconds, and the FLOPs that were really computed in the decoder. */
async function prefill(options) {
  const { timings, cost } = await model.generate({
    messages: 'How many triangles are there?',
    images: Array.from({ length: pictures }, () => picture),
    maxNewTokens: 1,
    ...options,
  });
  return {
    ms: timings.prefillMs,
    pruningMs: timings.pruningMs,
    flops: cost.realFlops - cost.visionFlops,
    pruningFlops: cost.pruningFlops,
  };
}

const unprunedOptions = { method: 'none' };

/** MustDrop takes thresholds, not budgets: the one whose FLOPs come nearest to the budget, without merges in the tower. */
async function mustdropOptions(budget) {
  const { flops } = await prefill(unprunedOptions);
  const withThreshold = (threshold) => ({
    method: 'mustdrop',
    parameters: { global: threshold, individual: threshold, similarity: 1 },
  });
  let low = Math.log(1e-6);
  let high = 0;
  for (let step = 0; step < 8; step++) {
    const middle = (low + high) / 2;
    const run = await prefill(withThreshold(Math.exp(middle)));
    if (run.flops > budget * flops) low = middle;
    else high = middle;
  }
  return withThreshold(Math.exp(high));
}

async function optionsOf({ name }, budget) {
  if (name === 'mustdrop') return mustdropOptions(budget);
  // Random selection cuts before the decoder unless it is told a layer.
  const inside = name === 'random' ? { parameters: { layer: 2 } } : {};
  return { method: name, budget: { kind: 'flops', value: budget }, ...inside };
}

/**
 * The interval that holds the median with a confidence of at least 93 %, whatever the distribution: between the order
 * statistics of the sign test.
 */
function medianInterval(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const count = sorted.length;
  let outside = 0;
  let term = 0.5 ** count;
  let index = 0;
  while (index + 1 <= (count - 1) / 2 && 2 * (outside + term) <= 0.07) {
    outside += term;
    term *= (count - index) / (index + 1);
    index++;
  }
  const place = Math.max(0, index - 1);
  return { low: sorted[place], high: sorted[count - 1 - place] };
}

async function measure(method, budget) {
  const options = await optionsOf(method, budget);
  await prefill(options);
  const runs = [];
  for (let pair = 0; pair < pairs; pair++) {
    runs.push({ base: await prefill(unprunedOptions), pruned: await prefill(options) });
  }
  const flopsRatio = runs[0].pruned.flops / runs[0].base.flops;
  const ratios = runs.map(({ base, pruned }) => pruned.ms / base.ms / flopsRatio);
  const { low, high } = medianInterval(ratios);
  return {
    method: method.name,
    budget,
    flopsRatio,
    unprunedMs: spread(runs.map(({ base }) => base.ms)),
    prunedMs: spread(runs.map(({ pruned }) => pruned.ms)),
    pruningMs: spread(runs.map(({ pruned }) => pruned.pruningMs)),
    pruningFlopsShare: runs[0].pruned.pruningFlops / runs[0].pruned.flops,
    timeRatio: spread(runs.map(({ base, pruned }) => pruned.ms / base.ms)),
    ratioOfRatios: { ...spread(ratios), interval: [low, high] },
    comparable: flopsRatio * LEAST_FACTOR <= 1,
    holds: low <= 1 + TOLERANCE && high >= 1 - TOLERANCE,
  };
}

const points = [];
const unreachable = [];
try {
  await prefill(unprunedOptions);
  for (const method of methods) {
    if (!method.sites.some((site) => site === 'layer' || site === 'attention')) continue;
    if (names.length > 0 && !names.includes(method.name)) continue;
    for (const budget of budgets) {
      const point = await measure(method, budget).catch((error) => {
        if (error.code !== 'BUDGET_UNREACHABLE') throw error;
        unreachable.push(`${method.name} at ${budget}`);
        console.log(error.message);
      });
      if (!point) continue;
      points.push(point);
      const { flopsRatio, timeRatio, ratioOfRatios, comparable, holds } = point;
      console.log(
        `${method.name.padEnd(14)} FLOPs ${flopsRatio.toFixed(3)}  time ${timeRatio.median.toFixed(3)}  time/FLOPs ${ratioOfRatios.median.toFixed(3)} (${ratioOfRatios.interval.map((one) => one.toFixed(3)).join(' to ')})  ${!comparable ? 'FLOPs too near' : holds ? 'holds' : 'FAILS'}`,
      );
    }
  }
} finally {
  await model.release();
  rmSync(folder, { recursive: true });
}
const failing = points.filter(({ comparable, holds }) => comparable && !holds);
writeReport(name, {
  pairs,
  layers,
  hidden,
  visualTokens: 576 * pictures,
  tolerance: TOLERANCE,
  comparablePoints: points.filter(({ comparable }) => comparable).length,
  unreachable,
  failing: failing.map(({ method, budget }) => `${method} at ${budget}`),
  points,
});
if (failing.length > 0) process.exitCode = 1;
