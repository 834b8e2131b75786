// Answers of a model with random weights through onnxruntime-node's own binding (before) and through the native session
// (after), process by process in turns: first token, tokens a second at a cache of the unpruned prompt and at a pruned
// one, four answers at the same time, longest stall of the event loop, how soon an abort returns, and peak memory.
//
//   node bench/sessions.mjs [--shape llava-1.5-7b] [--dtype mixed] [--rounds 2] [--answers 2] [--target 64]
//     [--before FOLDER]    a built checkout of an earlier commit to be the one before
//     [--only after]       one of the sides alone
//     [--compare caches]   instead of sessions: caches in float32, in half precision and in 8 bits
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { flags, spread, writeReport } from './report.mjs';

const {
  shape,
  dtype,
  threads,
  rounds,
  answers,
  target,
  newTokens,
  before,
  only,
  compare,
  name = compare,
} = flags({
  shape: 'llava-1.5-7b',
  dtype: 'mixed',
  threads: 2,
  rounds: 2,
  answers: 2,
  target: 64,
  newTokens: 16,
  before: '',
  only: '',
  compare: 'sessions',
  name: undefined,
});
const folder = dirname(fileURLToPath(import.meta.url));
/** Shares of an unpruned prompt's time after which it is aborted. */
const ABORTS = [0.1, 0.3, 0.5, 0.7];
/** Answers at the same time. */
const TOGETHER = 4;
const here = { session: 'native', checkout: dirname(folder), cacheDtype: 'fp32' };
const sides = {
  sessions: [
    { ...here, side: 'before', session: 'binding', checkout: before || here.checkout },
    { ...here, side: 'after' },
  ],
  caches: ['fp32', 'fp16', 'int8'].map((cacheDtype) => ({ ...here, side: cacheDtype, cacheDtype })),
}[compare].filter(({ side }) => only === '' || side === only);

const results = Object.fromEntries(sides.map(({ side }) => [side, {}]));
const record = (side, key, values) => {
  results[side][key] ??= {};
  for (const [part, value] of Object.entries(values)) {
    if (typeof value !== 'number') continue;
    results[side][key][part] ??= [];
    results[side][key][part].push(value);
  }
};

async function measure({ side, session, checkout, cacheDtype }) {
  const worker = fork(
    join(folder, 'session-worker.mjs'),
    [shape, dtype, String(threads), checkout, cacheDtype],
    { env: { ...process.env, AUTOPRUNE_SESSION: session } },
  );
  // One that fails has said why: nothing is worth measuring any more.
  worker.once('exit', (code) => code !== 0 && process.exit(1));
  const ask = async (message) => {
    worker.send(message);
    const [reply] = await once(worker, 'message');
    return reply;
  };
  const [{ loadMs }] = await once(worker, 'message');
  record(side, 'loading', { loadMs });
  let prompt = 0;
  let peak = 0;
  for (let round = 0; round <= answers; round++) {
    for (const [key, kept] of [
      ['pruned', target],
      ['unpruned', null],
    ]) {
      const {
        peakBytes,
        residentBytes: _,
        ...times
      } = await ask({
        kind: 'answer',
        target: kept,
        newTokens,
      });
      // The first of each warms up.
      if (round > 0) record(side, key, times);
      prompt = times.firstTokenMs;
      peak = peakBytes;
    }
  }
  record(side, 'memory', { peakBytes: peak });
  for (let round = 0; round < answers; round++) {
    const { tokensPerSecond } = await ask({ kind: 'together', count: TOGETHER, target, newTokens });
    record(side, 'together', { tokensPerSecond });
  }
  for (const share of ABORTS) {
    const { aborted, returnMs } = await ask({
      kind: 'abort',
      target: null,
      newTokens,
      afterMs: share * prompt,
    });
    if (aborted) record(side, 'abort', { returnMs });
  }
  const ended = once(worker, 'exit');
  worker.send({ kind: 'end' });
  await ended;
}

for (let round = 0; round < rounds; round++) {
  for (const side of round % 2 === 0 ? sides : [...sides].reverse()) await measure(side);
}
const summary = Object.fromEntries(
  Object.entries(results).map(([side, keys]) => [
    side,
    Object.fromEntries(
      Object.entries(keys).map(([key, parts]) => [
        key,
        Object.fromEntries(Object.entries(parts).map(([part, values]) => [part, spread(values)])),
      ]),
    ),
  ]),
);
for (const [side, keys] of Object.entries(summary)) {
  for (const [key, parts] of Object.entries(keys)) {
    for (const [part, { median, max }] of Object.entries(parts)) {
      const figures = `${median.toPrecision(4)} (max ${max.toPrecision(4)})`;
      console.log(`${side.padEnd(6)} ${key.padEnd(9)} ${part.padEnd(16)} ${figures}`);
    }
  }
}
writeReport(name, { shape, dtype, threads, rounds, answers, target, newTokens, ...summary });
