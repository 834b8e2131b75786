// The tests of the kernels and the native session, once more under AddressSanitizer and UndefinedBehaviorSanitizer: `npm run check:native`.
// Every finding ends the run with its report.
import { execFileSync, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const native = dirname(fileURLToPath(import.meta.url));
const root = dirname(native);

/** Runs a program; a failure ends this one with its exit code. */
function run(program, args, environment = {}) {
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

const runtime = (name) =>
  execFileSync('c++', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();

run(process.execPath, [join(native, 'build.mjs'), '--sanitize']);
run(
  process.execPath,
  [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    ...[
      'run',
      'packages/kernels',
      'packages/llava/test/native-session.test.ts',
      'packages/llava/test/native-decoder.test.ts',
    ],
  ],
  {
    AUTOPRUNE_KERNELS_PATH: join(native, 'build-sanitize', 'Release', 'autoprune.node'),
    AUTOPRUNE_REQUIRE_NATIVE: '1',
    AUTOPRUNE_SESSION: 'native',
    // The sanitizers must be there before Node is; what Node itself keeps until its end is no leak of ours.
    LD_PRELOAD: `${runtime('libasan.so')} ${runtime('libubsan.so')}`,
    // Freed memory is held back for a while to catch its use: little of it, since a test watches resident memory.
    ASAN_OPTIONS: 'detect_leaks=0:allocator_may_return_null=1:quarantine_size_mb=8',
    UBSAN_OPTIONS: 'print_stacktrace=1',
  },
);
