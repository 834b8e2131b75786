// Builds the addon from source: `npm run build:native` in the root of the repository.
//
//   node native/build.mjs [--sanitize]   needs CMake 3.18 and a C++20 compiler (GCC 11 or Clang 14); downloads nothing
//
// The result goes where @autoprune/kernels looks first, and into the package of this platform; a build with
// AddressSanitizer stays in native/build-sanitize.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const native = dirname(fileURLToPath(import.meta.url));
const sanitize = process.argv.includes('--sanitize');
const out = join(native, sanitize ? 'build-sanitize' : 'build');
const cmakeJs = createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js');

const { status, error } = spawnSync(
  process.execPath,
  [
    ...[cmakeJs, 'compile', '--directory', native, '--out', out],
    ...['--config', 'Release', '--parallel', '2', '--log-level', 'error'],
    ...(sanitize ? ['--CDAUTOPRUNE_SANITIZE=ON'] : []),
  ],
  { cwd: native, stdio: 'inherit' },
);
if (error) throw error;
if (status !== 0) {
  console.error(
    'The native kernels were not built; @autoprune/kernels runs in TypeScript without them. ' +
      'Building needs CMake 3.18 and a C++20 compiler: apt-get install cmake g++',
  );
  process.exit(status ?? 1);
}

const built = join(out, 'Release', 'autoprune.node');
const platform = join(native, 'platforms', `${process.platform}-${process.arch}`);
const targets = [join(native, '..', 'packages', 'kernels', 'build', 'Release'), platform];
for (const folder of sanitize ? [] : targets) {
  if (folder === platform && !existsSync(folder)) continue;
  mkdirSync(folder, { recursive: true });
  // Renamed into place, because a process may have the old one open.
  const temporary = join(folder, `autoprune.${process.pid}.tmp`);
  copyFileSync(built, temporary);
  renameSync(temporary, join(folder, 'autoprune.node'));
  console.log(join(folder, 'autoprune.node'));
}
