// Installs the packed kernels as a user would, on a machine that has no compiler on its path: with the package of this
// platform they run natively, without it and with a broken binary they say so once and run in TypeScript.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packedFile } from './packed-file.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const work = mkdtempSync(join(tmpdir(), 'autoprune-native-'));
const platform = `${process.platform}-${process.arch}`;

function pack(folder) {
  const args = ['pack', '--json', '--pack-destination', work];
  const printed = execFileSync('pnpm', args, { cwd: join(root, folder), encoding: 'utf8' });
  return packedFile(printed);
}

const core = pack('packages/core');
const kernels = pack('packages/kernels');
const binary = pack(`native/platforms/${platform}`);

// A path with Node, npm and a shell, and nothing that compiles.
const bin = join(work, 'bin');
mkdirSync(bin);
const shell = execFileSync('sh', ['-c', 'command -v sh'], { encoding: 'utf8' }).trim();
const npm = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim();
for (const [name, target] of [
  ['sh', shell],
  ['npm', npm],
  ['node', process.execPath],
]) {
  writeFileSync(join(bin, name), `#!${shell}\nexec "${target}" "$@"\n`, { mode: 0o755 });
}
const environment = { ...process.env, PATH: bin };
delete environment.AUTOPRUNE_KERNELS;
delete environment.AUTOPRUNE_KERNELS_PATH;
delete environment.AUTOPRUNE_REQUIRE_NATIVE;

let failed = 0;

/** Installs tarballs in a new project and holds what the kernels say there against what they should. */
function check(title, tarballs, flags, expected, prepare = () => {}) {
  const project = mkdtempSync(join(work, 'project-'));
  writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true }');
  const install = ['install', '--no-audit', '--no-fund', '--offline', ...flags, ...tarballs];
  const installed = spawnSync('npm', install, {
    cwd: project,
    env: environment,
    encoding: 'utf8',
  });
  prepare(project);
  const use = `import { loadKernels } from '@autoprune/kernels';
const { kernels, info } = loadKernels();
const kept = kernels.selectTopTokens(Float32Array.of(1, 3, 3, 2), 2);
console.log(JSON.stringify({ native: info.name !== 'reference', kept: [...kept], detail: info.detail }));`;
  writeFileSync(join(project, 'use.mjs'), use);
  const ran = spawnSync(process.execPath, ['use.mjs'], {
    cwd: project,
    env: environment,
    encoding: 'utf8',
  });
  const ok =
    installed.status === 0 &&
    ran.status === 0 &&
    JSON.parse(ran.stdout).native === expected.native &&
    JSON.parse(ran.stdout).kept.join() === '1,2' &&
    ran.stderr.split('KERNELS_FALLBACK').length - 1 === expected.warnings &&
    expected.detail.test(ran.stdout);
  if (!ok) failed++;
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${title}`);
  if (!ok) console.log(`${installed.stdout}${installed.stderr}${ran.stdout}${ran.stderr}`);
}

const installedBinary = (project) =>
  join(project, 'node_modules', '@autoprune', `kernels-${platform}`, 'autoprune.node');
const native = { native: true, warnings: 0, detail: /native, @autoprune\/kernels-/ };
const missing = { native: false, warnings: 1, detail: /TypeScript; neither/ };
check('installed without a compiler: native', [core, kernels, binary], [], native);
check('without scripts: native', [core, kernels, binary], ['--ignore-scripts'], native);
check('without optional packages: TypeScript', [core, kernels], ['--omit=optional'], missing);
check('platform package removed: TypeScript', [core, kernels, binary], [], missing, (project) =>
  rmSync(dirname(installedBinary(project)), { recursive: true }),
);
check(
  'broken binary: says so and runs',
  [core, kernels, binary],
  [],
  { native: false, warnings: 1, detail: /cannot be used/ },
  (project) => writeFileSync(installedBinary(project), 'broken'),
);
rmSync(work, { recursive: true, force: true });
process.exitCode = failed > 0 ? 1 : 0;
