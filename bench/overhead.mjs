// How much of the prefill goes into scoring, selecting, merging and moving tokens, and how much sooner the first
// token comes. Unpruned and pruned prompts take turns, so that a drifting machine moves both.
//
//   node bench/overhead.mjs [--pairs 9] [--layers 16] [--hidden 2048]
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel } from '@autoprune/llava';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { randomCheckpoint } from './random-checkpoint.mjs';
import { flags, spread, writeReport } from './report.mjs';

const { pairs, layers, hidden, keep, name } = flags({
  pairs: 9,
  layers: 16,
  hidden: 2048,
  keep: 0,
  name: 'overhead',
});
const picture = join(shapesVqaFolder, 'images', '0000.jpg');
const question = 'How many triangles are there?';

async function measure(title, ref, targets) {
  const model = await loadModel(ref, { dtype: 'fp32' });
  const times = new Map();
  const record = (key, value) => times.set(key, [...(times.get(key) ?? []), value]);
  const ask = async (target) => {
    // Prepared anew, so that the first-token time includes the vision tower.
    const images = [await model.preparePicture(picture)];
    return model.generate({
      messages: question,
      images,
      ...(target === null
        ? { method: 'none' }
        : { method: 'autoprune', budget: { kind: 'meanLeaving', value: target } }),
      maxNewTokens: 1,
    });
  };
  for (const target of [null, ...targets]) await ask(target);
  for (let pair = 0; pair < pairs; pair++) {
    const base = await ask(null);
    record('unpruned first token ms', base.timings.firstTokenMs);
    record('unpruned prefill ms', base.timings.prefillMs);
    for (const target of targets) {
      const { timings, cost } = await ask(target);
      record(`${target} first token ms`, timings.firstTokenMs);
      record(`${target} first token speed-up`, base.timings.firstTokenMs / timings.firstTokenMs);
      record(`${target} prefill speed-up`, base.timings.prefillMs / timings.prefillMs);
      record(`${target} pruning share`, timings.pruningMs / timings.prefillMs);
      record(`${target} flops ratio`, cost.flopsRatio);
      record(`${target} real flops`, cost.realFlops);
    }
  }
  await model.release();
  const result = Object.fromEntries([...times].map(([key, values]) => [key, spread(values)]));
  console.log(`\n${title}`);
  for (const [key, { median, low, high }] of Object.entries(result)) {
    console.log(
      `  ${key.padEnd(28)} ${median.toPrecision(4)}  (${low.toPrecision(4)} to ${high.toPrecision(4)})`,
    );
  }
  return result;
}

const tiny = await measure('tiny', 'tiny', [64, 32, 16]);
const folder = await randomCheckpoint({ layers, hidden });
const large = await measure(
  `random weights, ${layers} layers of width ${hidden}, 576 visual tokens`,
  folder,
  [192, 128, 64],
);
if (keep === 0 && existsSync(folder)) rmSync(folder, { recursive: true });
writeReport(name, { pairs, tiny, random: { layers, hidden, visualTokens: 576, ...large } });
