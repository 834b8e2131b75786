// Kills `autoprune eval shapesvqa` at random moments and lets it go on: the answer file must in the end be that of an
// uninterrupted run, nothing answered twice and nothing lost. The merged answers of shards must be the same file too.
//
//   node bench/kill-eval.mjs [--limit 3218] [--kills 20] [--shards 4] [--seed 0] [--name kill-eval]
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomStream } from '@autoprune/core/random';
import { flags, writeReport } from './report.mjs';

const { limit, kills, shards, seed, name } = flags({
  limit: 3218,
  kills: 20,
  shards: 4,
  seed: 0,
  name: 'kill-eval',
});
const bin = fileURLToPath(new URL('../packages/cli/dist/bin.js', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'autoprune-kill-'));
const folderOf = (out) => join(root, out, 'shapesvqa');
const answersOf = (out) => join(folderOf(out), 'answers.jsonl');
const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
const countLines = (text) => text.split('\n').length - 1;

/** Runs the command; `killAfterMs` milliseconds later it gets SIGKILL. */
function run(args, killAfterMs) {
  const started = performance.now();
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const timer =
    killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ms: performance.now() - started });
    });
  });
}

const evaluation = (out, ...more) => [
  ...['eval', 'shapesvqa', '--limit', String(limit), '--out', join(root, out), '--no-progress'],
  ...more,
];

async function mustEnd(args) {
  const { code, ms } = await run(args);
  if (code !== 0) throw new Error(`autoprune ${args.join(' ')} ended with ${code}`);
  return ms;
}

const wholeMs = await mustEnd(evaluation('whole'));
const expected = read(answersOf('whole'));

// A moment within the time of a whole run; one that is over before its moment starts afresh in a new folder.
const random = randomStream(seed);
const moments = [];
let rounds = 0;
let differing = 0;
let out = 'killed-0';
while (moments.length < kills) {
  const after = random.uniform() * wholeMs;
  const { signal } = await run(evaluation(out), after);
  if (signal === 'SIGKILL') {
    const text = read(answersOf(out));
    const isTorn = text !== '' && !text.endsWith('\n');
    moments.push({ afterMs: Math.round(after), answers: countLines(text), isTorn });
    continue;
  }
  if (read(answersOf(out)) !== expected) differing++;
  rounds++;
  out = `killed-${rounds}`;
}
await mustEnd(evaluation(out));
if (read(answersOf(out)) !== expected) differing++;
rounds++;

for (let shard = 1; shard <= shards; shard++) {
  await mustEnd(evaluation('sharded', '--shard', `${shard}/${shards}`));
}
await mustEnd(['merge', folderOf('sharded')]);
const mergedIsSame = read(answersOf('sharded')) === expected;

writeReport(name, {
  limit,
  seed,
  kills: moments.length,
  killsWhileAnswering: moments.filter(
    ({ answers }, at) => answers > (moments[at - 1]?.answers ?? 0),
  ).length,
  moments,
  finishedRuns: rounds,
  runsThatDiffer: differing,
  answers: countLines(expected),
  shards,
  mergedIsSame,
});
console.log(
  `${moments.length} kills, ${rounds} finished runs, ${differing} differ; ${shards} shards merged: ${mergedIsSame ? 'the same' : 'DIFFERENT'}`,
);
rmSync(root, { recursive: true });
if (differing > 0 || !mergedIsSame || countLines(expected) !== limit) process.exitCode = 1;
