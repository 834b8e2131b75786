// What AutoPrune itself takes of the prefill that it shortens, and how much sooner the first token comes.
//
// - `whole share` counts everything that pruning adds: against each pruned prompt stands one that is cut to the same number of
//   tokens in every layer by a method that reads, decides and merges nothing (replay-method.mjs). The difference of the two
//   prefills, over the pruned one, holds the attention that is read, mutual information, schedule, top-k, rows that are
//   computed to be merged or in vain, moved rows, and what the garbage collector takes.
// - `timed share` is what a stopwatch within the run counts (`timings.pruningMs`): from signals that were read to moved rows.
//
// Prompts take turns, so that a drifting machine moves all of them. Besides AutoPrune's own curve, whose slope random weights make 0,
// `steep` is the steepest that it has: there every layer cuts. The tower's saliency is part of visionMs, not of the prefill.
//
//   node bench/overhead.mjs [--pairs 9] [--layers 16] [--hidden 2048] [--synthetic llava-1.5-7b:64,llava-next-7b:160]
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel, loadSyntheticModel } from '@autoprune/llava';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { randomCheckpoint } from './random-checkpoint.mjs';
import { replay } from './replay-method.mjs';
import { flags, spread, writeReport } from './report.mjs';
import { noisePicture, questionOf } from './workload.mjs';

const { pairs, layers, hidden, synthetic, name } = flags({
  pairs: 9,
  layers: 16,
  hidden: 2048,
  synthetic: '',
  name: 'overhead',
});

const prunedTo = (target, parameters = {}) => ({
  method: 'autoprune',
  budget: { kind: 'meanLeaving', value: target },
  parameters,
});

/**
 * Times of prompts in turns.
 *
 * @param pruned  the options of each pruned prompt, by the name that its figures go by
 * @param unpruned  whether an unpruned prompt takes its turn too
 */
async function measure(title, model, { picture, question, pruned, unpruned }) {
  const times = new Map();
  const record = (key, value) => times.set(key, [...(times.get(key) ?? []), value]);
  const ask = async (options) =>
    model.generate({
      messages: question,
      // Prepared anew, so that the first-token time includes the vision tower.
      images: [await model.preparePicture(picture)],
      maxNewTokens: 1,
      ...options,
    });
  const pair = async (options, replayFirst) => {
    const again = () => ask({ method: 'replay' });
    const before = replayFirst ? await again() : undefined;
    const own = await ask(options);
    return { own, other: before ?? (await again()) };
  };
  // The first of each warms up, and says what is replayed.
  const counts = new Map();
  for (const [key, options] of Object.entries(pruned)) {
    const { layers: reported } = await ask(options);
    counts.set(
      key,
      reported.map(({ leaving }) => leaving),
    );
    replay(counts.get(key));
    await ask({ method: 'replay' });
  }
  if (unpruned) await ask({ method: 'none' });
  for (let turn = 0; turn < pairs; turn++) {
    const base = unpruned ? (await ask({ method: 'none' })).timings : undefined;
    if (base) {
      record('unpruned first token ms', base.firstTokenMs);
      record('unpruned prefill ms', base.prefillMs);
    }
    for (const [key, options] of Object.entries(pruned)) {
      replay(counts.get(key));
      const { own, other } = await pair(options, turn % 2 === 1);
      const { timings, cost } = own;
      record(`${key} prefill ms`, timings.prefillMs);
      record(`${key} replay prefill ms`, other.timings.prefillMs);
      record(`${key} whole share`, 1 - other.timings.prefillMs / timings.prefillMs);
      record(`${key} timed share`, timings.pruningMs / timings.prefillMs);
      record(`${key} first token ms`, timings.firstTokenMs);
      record(`${key} flops ratio`, cost.flopsRatio);
      if (!base) continue;
      record(`${key} first token speed-up`, base.firstTokenMs / timings.firstTokenMs);
      record(`${key} prefill speed-up`, base.prefillMs / timings.prefillMs);
    }
  }
  await model.release();
  const result = Object.fromEntries([...times].map(([key, values]) => [key, spread(values)]));
  console.log(`\n${title}`);
  for (const [key, { median, low, high }] of Object.entries(result)) {
    const [middle, from, to] = [median, low, high].map((value) => value.toPrecision(4));
    console.log(`  ${key.padEnd(28)} ${middle}  (${from} to ${to})`);
  }
  return result;
}

const shapes = {
  picture: join(shapesVqaFolder, 'images', '0000.jpg'),
  question: 'How many triangles are there?',
  unpruned: true,
};
const targets = (all) => Object.fromEntries(all.map((target) => [target, prunedTo(target)]));
const results = {
  tiny: await measure('tiny', await loadModel('tiny', { dtype: 'fp32' }), {
    ...shapes,
    pruned: targets([64, 32, 16]),
  }),
};
const folder = await randomCheckpoint({ layers, hidden });
const random = await measure(
  `random weights, ${layers} layers of width ${hidden}, 576 visual tokens`,
  await loadModel(folder, { dtype: 'fp32' }),
  { ...shapes, pruned: targets([192, 128, 64]) },
);
results.random = { layers, hidden, visualTokens: 576, ...random };
rmSync(folder, { recursive: true });
for (const [shape, target] of synthetic
  .split(',')
  .filter(Boolean)
  .map((one) => one.split(':'))) {
  const model = await loadSyntheticModel(shape, { dtype: 'mixed' });
  results[`${shape} mixed`] = await measure(`${shape}, mixed, mean of ${target}`, model, {
    picture: noisePicture(model.files.config),
    question: questionOf(model),
    unpruned: false,
    pruned: {
      [target]: prunedTo(Number(target)),
      [`${target} steep`]: prunedTo(Number(target), { gamma: 0 }),
    },
  });
}
writeReport(name, { pairs, ...results });
