// Times and memory of models of the published shapes with random weights, unpruned and pruned in turns, and beside them
// llama.cpp on a model of the same shape, where there is one (text tokens in place of visual ones are the same work).
//
//   node bench/real-models.mjs [--shape llava-1.5-7b] [--dtype mixed] [--targets 192,128,64] [--runs 5] [--threads 2]
//     [--gguf FILE --llama FOLDER]    a Q4_0 model, and a folder in which node-llama-cpp is installed
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { estimateMemory, loadSyntheticModel } from '@autoprune/llava';
import { flags, spread, writeReport } from './report.mjs';
import { asker } from './workload.mjs';

const { shape, dtype, targets, runs, threads, gguf, llama, name } = flags({
  shape: 'llava-1.5-7b',
  dtype: 'mixed',
  targets: '192,128,64',
  runs: 5,
  threads: 2,
  gguf: '',
  llama: '',
  name: '',
});
const NEW_TOKENS = 16;

async function startLlama() {
  const worker = fork(join(dirname(fileURLToPath(import.meta.url)), 'llama-worker.mjs'), [
    llama,
    gguf,
    String(threads),
  ]);
  await once(worker, 'message');
  return worker;
}

const model = await loadSyntheticModel(shape, { dtype, threads });
const worker = gguf === '' ? undefined : await startLlama();
const { config } = model.files;
const ask = asker(model);
const times = new Map();
const record = (key, values) => {
  const kept = times.get(key) ?? {};
  for (const [part, value] of Object.entries(values)) kept[part] = [...(kept[part] ?? []), value];
  times.set(key, kept);
};
const work = {};
const all = [null, ...targets.split(',').map(Number)];
for (let round = 0; round <= runs; round++) {
  let base;
  const timed = [];
  for (const target of all) {
    const { timings, cost, tokens } = await ask({ target, newTokens: NEW_TOKENS });
    const one = {
      visionMs: timings.visionMs,
      prefillMs: timings.prefillMs,
      firstTokenMs: timings.firstTokenMs,
      decodeMs: timings.decodeMs / (tokens.generated - 1),
      pruningShare: timings.pruningMs / timings.prefillMs,
    };
    base ??= one;
    const key = target === null ? 'unpruned' : `autoprune ${target}`;
    timed.push([
      key,
      {
        ...one,
        firstTokenSpeedup: base.firstTokenMs / one.firstTokenMs,
        prefillSpeedup: base.prefillMs / one.prefillMs,
      },
    ]);
    work[key] = {
      visualTokens: tokens.visual,
      textTokens: tokens.text,
      meanEntering: cost.meanEntering,
      flopsRatio: cost.flopsRatio,
      realFlops: cost.realFlops,
      cacheBytes: cost.kvBytes,
    };
  }
  if (worker) {
    const { visualTokens, textTokens } = work.unpruned;
    worker.send({ promptTokens: visualTokens + textTokens, newTokens: NEW_TOKENS });
    const [other] = await once(worker, 'message');
    timed.push([
      'llama.cpp',
      {
        ...other,
        unprunedPrefillSpeedup: other.prefillMs / base.prefillMs,
        prunedDecodeSpeedup: other.decodeMs / timed.at(-1)[1].decodeMs,
      },
    ]);
  }
  // The first round warms up.
  if (round > 0) for (const [key, values] of timed) record(key, values);
}
const peak = 1024 * process.resourceUsage().maxRSS;
const rows = work.unpruned.visualTokens + work.unpruned.textTokens;
const results = Object.fromEntries(
  [...times].map(([key, parts]) => [
    key,
    {
      ...work[key],
      ...Object.fromEntries(Object.entries(parts).map(([part, values]) => [part, spread(values)])),
    },
  ]),
);
for (const [key, parts] of times) {
  console.log(key);
  for (const [part, values] of Object.entries(parts)) {
    const { median, low, high } = spread(values);
    console.log(
      `  ${part.padEnd(24)} ${median.toPrecision(4)}  (${low.toPrecision(4)} to ${high.toPrecision(4)})`,
    );
  }
}
console.log(
  `loading ${(model.info.loadMs / 1000).toFixed(1)} s, peak ${(peak / 1e9).toFixed(2)} GB`,
);
writeReport(name || `real-${shape}-${dtype}`, {
  shape,
  dtype: model.info.dtype,
  threads,
  runs,
  loadMs: model.info.loadMs,
  memory: { peak, estimate: estimateMemory(config, model.info.dtype, rows).peak },
  results,
});
worker?.kill();
await model.release();
