// Checks the published packages as they would be published: packed tarballs through publint and attw, core's size
// and API report, and core imported from plain ESM, CommonJS, TypeScript (node16 and bundler) and a browser.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBrowser, openInBrowser, serveFolder } from './browser.mjs';
import { typeScriptRuns, writeUsesOfCore } from './uses-of-core.mjs';

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
writeUsesOfCore(project);
check('core: plain ESM', process.execPath, ['use.mjs'], { cwd: project });
check('core: CommonJS', process.execPath, ['use.cjs'], { cwd: project });
for (const [name, args] of Object.entries(typeScriptRuns))
  check(`core: TypeScript ${name}`, bin('tsc'), args, { cwd: project });

await browserCheck();
rmSync(work, { recursive: true, force: true });
console.log(`package checks: ${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** Opens the schedule explorer in headless Chromium and reads what it shows. */
async function browserCheck() {
  const browser = findBrowser();
  if (!browser) {
    const required = process.env.AUTOPRUNE_REQUIRE_BROWSER === '1';
    console.log(
      `${required ? 'FAILED' : 'skipped'}  core: headless Chromium (none found; set CHROMIUM_PATH)`,
    );
    if (required) failed++;
    return;
  }
  const app = await serveFolder(join(root, 'apps', 'schedule-explorer'));
  const dom = await openInBrowser(browser, app.url, ['--dump-dom']).catch(String);
  app.close();
  const ok = /mean leaving 64\.0/.test(dom) && (dom.match(/<rect/g) ?? []).length === 32;
  if (ok) passed++;
  else failed++;
  console.log(`${ok ? 'ok    ' : 'FAILED'}  core: headless Chromium`);
  if (!ok) console.log(dom.slice(0, 2000));
}
