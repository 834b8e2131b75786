// Checks the published packages as they would be published: packed tarballs through publint and attw, core's size
// and API report, and core imported from plain ESM, CommonJS, TypeScript (node16 and bundler) and a browser.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkInBrowser, openInBrowser, serveFolder } from './browser.mjs';
import { packedFile } from './packed-file.mjs';
import { createReport } from './report.mjs';
import { runProgram } from './run-program.mjs';
import { typeScriptRuns, writeUsesOfCore } from './uses-of-core.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const work = mkdtempSync(join(tmpdir(), 'autoprune-packages-'));
const bin = (name) => join(root, 'node_modules', '.bin', name);
const report = createReport();

/** Checks that a program ends well; its output is shown only when it fails. */
const check = (name, command, args, options = {}) =>
  report.check(name, async () => {
    await runProgram(command, args, { cwd: root, ...options });
  });

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
  const filename = packedFile(printed);
  tarballs.set(manifest.name, filename);
  await check(`${manifest.name}: publint`, bin('publint'), [filename, '--strict']);
  await check(`${manifest.name}: attw`, bin('attw'), [
    filename,
    '--no-emoji',
    '--format',
    'ascii',
    '--profile',
    'node16',
  ]);
}

const core = join(root, 'packages', 'core');
await check('core: size', bin('size-limit'), [], { cwd: core });
await check('core: API report is up to date', bin('api-extractor'), ['run'], { cwd: core });

// A project that knows nothing of this repository.
const project = join(work, 'project');
mkdirSync(project);
writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true }');
await check(
  'core: npm install of the tarball',
  'npm',
  ['install', '--no-audit', '--no-fund', '--offline', tarballs.get('@autoprune/core')],
  { cwd: project },
);
writeUsesOfCore(project);
await check('core: plain ESM', process.execPath, ['use.mjs'], { cwd: project });
await check('core: CommonJS', process.execPath, ['use.cjs'], { cwd: project });
for (const [name, args] of Object.entries(typeScriptRuns))
  await check(`core: TypeScript ${name}`, bin('tsc'), args, { cwd: project });

await checkInBrowser(report, 'core: headless Chromium', async (browser) => {
  const app = await serveFolder(join(root, 'apps', 'schedule-explorer'));
  const dom = await openInBrowser(browser, app.url, ['--dump-dom']).finally(app.close);
  const bars = (dom.match(/<rect/g) ?? []).length;
  if (!/mean leaving 64\.0/.test(dom) || bars !== 32)
    throw new Error(`the page shows:\n${dom.slice(0, 2000)}`);
});
rmSync(work, { recursive: true, force: true });
report.finish('package checks');
