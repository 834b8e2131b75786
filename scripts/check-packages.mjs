// Checks the published packages as they would be published: packed tarballs through publint and attw, core's size
// and API report, and core imported from plain ESM, CommonJS, TypeScript (node16 and bundler) and a browser.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const work = mkdtempSync(join(tmpdir(), 'autoprune-packages-'));
const bin = (name) => join(root, 'node_modules', '.bin', name);
let passed = 0;
let failed = 0;

/** Runs one check; its output is shown only when it fails. */
function check(name, command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', ...options });
  const ok = result.status === 0;
  if (ok) passed++;
  else failed++;
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name}`);
  if (!ok) console.log(`${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}`);
  return ok;
}

const packages = readdirSync(join(root, 'packages')).map((name) => {
  const folder = join(root, 'packages', name);
  return { folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) };
});

const tarballs = new Map();
for (const { folder, manifest } of packages) {
  const printed = execFileSync('pnpm', ['pack', '--json', '--pack-destination', work], {
    cwd: folder,
    encoding: 'utf8',
  });
  const { filename } = JSON.parse(printed.slice(printed.indexOf('{')));
  tarballs.set(manifest.name, filename);
  check(`${manifest.name}: publint`, bin('publint'), [filename, '--strict']);
  check(`${manifest.name}: attw`, bin('attw'), [
    filename,
    '--no-emoji',
    '--format',
    'ascii',
    '--profile',
    'node16',
  ]);
}

const core = join(root, 'packages', 'core');
check('core: size', bin('size-limit'), [], { cwd: core });
check('core: API report is up to date', bin('api-extractor'), ['run'], { cwd: core });

// A project that knows nothing of this repository.
const project = join(work, 'project');
mkdirSync(project);
writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true }');
check(
  'core: npm install of the tarball',
  'npm',
  ['install', '--no-audit', '--no-fund', '--offline', tarballs.get('@autoprune/core')],
  { cwd: project },
);
const use = `const { leaving } = fitSchedule({ visualTokens: 576, slope: 0.2, budget: { kind: 'meanLeaving', value: 64 } });
if (leaving.reduce((a, b) => a + b, 0) !== 2048) throw new Error('wrong schedule');`;
writeFileSync(
  join(project, 'use.mjs'),
  `import { fitSchedule } from '@autoprune/core';\nimport { fastv } from '@autoprune/core/methods/fastv';\nimport { methods } from '@autoprune/core/methods';\n${use}\nif (!methods.includes(fastv)) throw new Error('two copies');\n`,
);
writeFileSync(
  join(project, 'use.cjs'),
  `const { fitSchedule } = require('@autoprune/core');\nconst { fastv } = require('@autoprune/core/methods/fastv');\n${use}\nif (fastv.name !== 'fastv') throw new Error('no method');\n`,
);
const typed = `import { fitSchedule, type Schedule } from '@autoprune/core';
import { fastv } from '@autoprune/core/methods/fastv';
const schedule: Schedule = fitSchedule({ visualTokens: 576 });
export const first: number = schedule.leaving[0] ?? 0;
export const name: string = fastv.name;
`;
writeFileSync(join(project, 'use.mts'), typed);
writeFileSync(join(project, 'use.cts'), typed);
check('core: plain ESM', process.execPath, ['use.mjs'], { cwd: project });
check('core: CommonJS', process.execPath, ['use.cjs'], { cwd: project });
const tsc = (name, module, resolution, files) =>
  check(
    `core: TypeScript ${name}`,
    bin('tsc'),
    [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      'false',
      '--target',
      'es2022',
      '--module',
      module,
      '--moduleResolution',
      resolution,
      ...files,
    ],
    { cwd: project },
  );
tsc('node16, ESM and CommonJS', 'node16', 'node16', ['use.mts', 'use.cts']);
tsc('bundler', 'esnext', 'bundler', ['use.mts']);

await browserCheck();
rmSync(work, { recursive: true, force: true });
console.log(`package checks: ${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** Opens the schedule explorer in headless Chromium and reads what it shows. */
async function browserCheck() {
  const browser = [
    process.env.CHROMIUM_PATH,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ].find((path) => path && existsSync(path));
  if (!browser) {
    const required = process.env.AUTOPRUNE_REQUIRE_BROWSER === '1';
    console.log(
      `${required ? 'FAILED' : 'skipped'}  core: headless Chromium (none found; set CHROMIUM_PATH)`,
    );
    if (required) failed++;
    return;
  }
  const app = join(root, 'apps', 'schedule-explorer');
  const types = { '.html': 'text/html', '.js': 'text/javascript' };
  const server = createServer((request, response) => {
    const path = join(app, request.url === '/' ? 'index.html' : request.url.slice(1));
    if (!existsSync(path)) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' });
    createReadStream(path).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}/`;
  const profile = join(work, 'chromium');
  const args = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    `--user-data-dir=${profile}`,
    '--virtual-time-budget=3000',
    '--dump-dom',
    url,
  ];
  // Not the synchronous spawn: this process is the server.
  const { spawn } = await import('node:child_process');
  const dom = await new Promise((resolve) => {
    const child = spawn(browser, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
    child.stdout.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    child.on('close', () => {
      clearTimeout(timer);
      resolve(text);
    });
  });
  server.close();
  const ok = /mean leaving 64\.0/.test(dom) && (dom.match(/<rect/g) ?? []).length === 32;
  if (ok) passed++;
  else failed++;
  console.log(`${ok ? 'ok    ' : 'FAILED'}  core: headless Chromium`);
  if (!ok) console.log(dom.slice(0, 2000));
}
