// Brings the pinned pnpm, installs, builds and does one job, on a machine with nothing but Node and npm:
//   node scripts/run.mjs setup | demo | test | verify  [arguments of the job]
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [job = 'setup', ...rest] = process.argv.slice(2);
const started = Date.now();

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node ${process.versions.node} is too old; install Node 20.19 or newer`);
  process.exit(1);
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const pnpmVersion = manifest.packageManager.replace(/^pnpm@/, '');

const environment = {
  ...process.env,
  TURBO_TELEMETRY_DISABLED: '1',
  // Its install script would download CUDA libraries from outside the npm registry.
  ONNXRUNTIME_NODE_INSTALL: 'skip',
};

/** Runs a program in the repository; a failure ends the job with its exit code. */
function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: environment,
    shell: process.platform === 'win32',
    ...options,
  });
  if (result.error) throw result.error;
  if (result.signal) process.kill(process.pid, result.signal);
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** The pinned pnpm if it is on the path, else through npm, which puts it on the path of what it starts. */
function pnpm(args) {
  const found = spawnSync('pnpm', ['--version'], { cwd: root, encoding: 'utf8' });
  if (found.status === 0 && found.stdout.trim() === pnpmVersion) return run('pnpm', args);
  return run('npm', ['exec', '--yes', `--package=pnpm@${pnpmVersion}`, '--', 'pnpm', ...args]);
}

/** A fingerprint of everything that an installation depends on. */
function installFingerprint() {
  const hash = createHash('sha256');
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'];
  for (const folder of ['packages', 'apps']) {
    if (!existsSync(join(root, folder))) continue;
    for (const name of readdirSync(join(root, folder)))
      files.push(`${folder}/${name}/package.json`);
  }
  for (const file of files.sort()) {
    if (existsSync(join(root, file))) hash.update(file).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

function setUp() {
  const stamp = join(root, 'node_modules', '.autoprune-setup');
  const fingerprint = installFingerprint();
  const done = existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint;
  if (!done) {
    console.log(`Installing with pnpm ${pnpmVersion} …`);
    pnpm(['install', '--frozen-lockfile', '--reporter=append-only']);
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, fingerprint);
  }
  console.log('Building …');
  pnpm(['exec', 'turbo', 'run', 'build', '--output-logs=errors-only']);
}

const minutes = () => {
  const seconds = Math.round((Date.now() - started) / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
};

const jobs = {
  setup: () => {},
  demo: () => {
    const bin = 'packages/cli/dist/bin.js';
    const native = existsSync(join(root, 'packages/kernels/build/Release/autoprune.node'));
    run(process.execPath, [bin, 'demo', '--out', 'out/demo', ...rest], {
      env: {
        // Nobody who has built no native kernels wants to be told that there are none.
        ...(native ? {} : { AUTOPRUNE_KERNELS: 'reference' }),
        ...environment,
        AUTOPRUNE_COMMAND: `node ${bin}`,
      },
    });
  },
  test: () => {
    pnpm(['exec', 'vitest', 'run', ...rest]);
  },
  verify: () => {
    run(process.execPath, ['scripts/verify.mjs', ...rest]);
  },
};

if (!(job in jobs)) {
  console.error(`Unknown job ${job}; known: ${Object.keys(jobs).join(', ')}`);
  process.exit(2);
}
setUp();
jobs[job]();
console.log(`\n${job} finished in ${minutes()}, set-up included.`);
