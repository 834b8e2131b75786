// Checks the CUDA kernels against the CPU kernels: `npm run check:cuda`. Every kernel runs on the processor, thread by
// thread; where there is a device and build:cuda has run, on that too, with a table of times against its bandwidth.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, 'build');
const sources = (folder) =>
  readdirSync(join(here, folder))
    .filter((name) => name.endsWith('.cpp'))
    .map((name) => join(folder, name));

function run(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: here, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

mkdirSync(out, { recursive: true });
const program = join(out, 'cuda-check');
run('c++', [
  ...['-std=c++20', '-O2', '-Wall', '-Wextra', '-Wno-unknown-pragmas', '-Wno-psabi'],
  // Fibers jump between stacks, which hardened jumps take for an attack.
  ...['-U_FORTIFY_SOURCE', '-ffp-contract=off', '-fno-math-errno'],
  ...['-DAUTOPRUNE_PATH=portable', '-I../src', '-x', 'c++', 'kernels.cu'],
  ...[...sources('.'), ...sources('check'), ...sources('../src/path')],
  ...[
    '../src/top_tokens.cpp',
    '../src/neighbour_sums.cpp',
    '../src/runs.cpp',
    '../src/workers.cpp',
    '-o',
    program,
  ],
]);
run(program, ['--emulate']);
run(program, [join(out, 'autoprune.fatbin')]);
