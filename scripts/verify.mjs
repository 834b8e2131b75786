// Benchmarks, fuzzing and kill tests at full size; results go to bench/results/*.json.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const steps = [
  ['accuracy of the embedded model', ['bench/accuracy.mjs']],
  ['what precision costs on the embedded model', ['bench/precision.mjs']],
  ['share of the prefill spent on pruning, and first-token times', ['bench/overhead.mjs']],
  ['prefill times of the methods inside the decoder', ['bench/layer-timing.mjs']],
  ['memory of an open model', ['--expose-gc', 'bench/memory.mjs']],
  ['native kernels: build', ['native/build.mjs']],
  ['native kernels: speed', ['bench/kernels.mjs']],
  ['answer files of runs that are killed, and of shards', ['bench/kill-eval.mjs']],
  ['an evaluation with every method, and its report', ['bench/eval-all.mjs']],
  ['the server under load', ['bench/server.mjs']],
  [
    'property tests, 3000 cases each',
    ['node_modules/vitest/vitest.mjs', 'run', '--testTimeout', '600000'],
    { AUTOPRUNE_PROPERTY_RUNS: '3000' },
  ],
];
let failed = 0;
for (const [title, args, environment = {}] of steps) {
  console.log(`\n== ${title}`);
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  if (status !== 0) {
    console.error(`failed: ${title}`);
    failed++;
  }
}
process.exitCode = failed > 0 ? 1 : 0;
