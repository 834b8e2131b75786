import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { checkInBrowser, openInBrowser, serveFolder } from '../browser.mjs';
import { runProgram } from '../run-program.mjs';
import { typeScriptRuns, writeUsesOfCore } from '../uses-of-core.mjs';

const require = createRequire(import.meta.url);
const typescript = require.resolve('typescript/bin/tsc');
const esbuild = require.resolve('esbuild/bin/esbuild');

/** Imports core as published in every way in which it can be imported, from a project that knows nothing else. */
export async function checkImports(report, { work, environment }) {
  const project = join(work, 'imports');
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, 'package.json'), '{ "name": "imports", "private": true }');
  writeUsesOfCore(project);
  const options = { cwd: project, env: environment };
  const node = (...args) => runProgram(process.execPath, args, options).then(() => undefined);

  await report.check('core: npm install', async () => {
    await runProgram('npm', ['install', '@autoprune/core'], options);
  });
  await report.check('core: ESM', () => node('use.mjs'));
  await report.check('core: CommonJS', () => node('use.cjs'));
  for (const [name, args] of Object.entries(typeScriptRuns))
    await report.check(`core: TypeScript ${name}`, () => node(typescript, ...args));

  await checkInBrowser(report, 'core: browser bundle', async (browser) => {
    const page = join(project, 'page');
    mkdirSync(page);
    const bundle = ['--bundle', '--minify', '--format=esm', '--platform=browser'];
    await runProgram(
      esbuild,
      ['browser.mjs', ...bundle, `--outfile=${join(page, 'bundle.js')}`],
      options,
    );
    writeFileSync(
      join(page, 'index.html'),
      '<!doctype html><title>core</title><body></body><script type="module" src="bundle.js"></script>',
    );
    const server = await serveFolder(page);
    const dom = await openInBrowser(browser, server.url, ['--dump-dom']);
    server.close();
    const shown = /<body>(\d+ methods, mean leaving 64)</.exec(dom)?.[1];
    if (!shown) throw new Error(`the page shows:\n${dom}`);
    return shown;
  });
}
