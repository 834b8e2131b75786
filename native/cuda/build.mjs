// Builds the CUDA kernels: `npm run build:cuda` in the root of the repository.
//
// Needs Python 3 with venv, a C++20 compiler and, the first time, the package index: NVIDIA's compiler comes as wheels
// (100 MB, below .cache/). No device and no driver is asked for. AUTOPRUNE_NVCC names another nvcc instead.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, 'build');
const toolchain = join(here, '..', '..', '.cache', 'cuda-toolchain');

const WHEELS = [
  'nvidia-cuda-nvcc==13.0.88',
  'nvidia-cuda-crt==13.0.88',
  'nvidia-nvvm==13.0.88',
  'nvidia-cuda-runtime==13.0.96',
  'nvidia-cuda-cccl==13.0.85',
];

/** Machine code for these, and for anything newer the intermediate code of the last. */
const ARCHITECTURES = [80, 86, 89, 90];

function run(program, args) {
  const { status, stderr, error } = spawnSync(program, args, {
    cwd: here,
    encoding: 'utf8',
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  if (error) throw error;
  if (status === 0) return stderr;
  console.error(stderr);
  console.error(`The CUDA kernels were not built: ${program} ended with ${status}.`);
  process.exit(status ?? 1);
}

/** Path of nvcc; installs the wheels where the last installation was of others, or did not end. */
function findNvcc() {
  if (process.env.AUTOPRUNE_NVCC) return process.env.AUTOPRUNE_NVCC;
  const stamp = join(toolchain, 'wheels.txt');
  const wanted = WHEELS.join('\n');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    mkdirSync(toolchain, { recursive: true });
    run('python3', ['-m', 'venv', '--clear', toolchain]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'];
    run(join(toolchain, 'bin', 'python'), [...pip, ...WHEELS]);
    writeFileSync(stamp, wanted);
  }
  const site = "import sysconfig; print(sysconfig.get_paths()['purelib'])";
  const packages = execFileSync(join(toolchain, 'bin', 'python'), ['-c', site], {
    encoding: 'utf8',
  });
  return join(packages.trim(), 'nvidia', 'cu13', 'bin', 'nvcc');
}

/** One line a kernel and architecture of what the assembler reports. */
function resources(report) {
  const pattern =
    /Compiling entry function '(\w+)' for 'sm_(\d+)'[\s\S]*?(\d+) bytes spill stores[\s\S]*?Used (\d+) registers/g;
  return Array.from(report.matchAll(pattern), ([, kernel, architecture, spilled, registers]) => ({
    kernel,
    architecture,
    registers: Number(registers),
    spilled: Number(spilled),
  }));
}

mkdirSync(out, { recursive: true });
const fatbin = join(out, 'autoprune.fatbin');
const targets = ARCHITECTURES.flatMap((each) => [
  '-gencode',
  `arch=compute_${each},code=sm_${each}`,
]);
const newest = ARCHITECTURES.at(-1);
const report = run(findNvcc(), [
  ...['-std=c++20', '-fatbin', '-fmad=false', '-compress-mode=size', '-Xptxas', '-v'],
  ...['-Werror', 'all-warnings'],
  ...[...targets, '-gencode', `arch=compute_${newest},code=compute_${newest}`],
  ...['kernels.cu', '-o', `${fatbin}.tmp`],
]);
renameSync(`${fatbin}.tmp`, fatbin);
const kernels = resources(report);
for (const { kernel, architecture, registers, spilled } of kernels) {
  if (architecture !== String(newest)) continue;
  console.log(`${kernel.padEnd(32)} ${registers} registers, ${spilled} bytes spilled`);
}
const names = new Set(kernels.map(({ kernel }) => kernel));
console.log(`${fatbin}: ${names.size} kernels, ${statSync(fatbin).size} bytes`);
