// Builds the site into apps/docs/dist: node apps/docs/build.mjs    (after pnpm build)
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';
import { build } from 'vitepress';
import { checkLinks } from './check-links.mjs';
import { gatherPages } from './gather.mjs';

const app = dirname(fileURLToPath(import.meta.url));
const root = join(app, '..', '..');
const pages = join(app, '.pages');
const dist = join(app, 'dist');

async function writeApi() {
  const typedoc = await Application.bootstrapWithPlugins({
    options: join(root, 'typedoc.json'),
    plugin: [fileURLToPath(import.meta.resolve('typedoc-plugin-markdown'))],
    entryPoints: ['core', 'kernels', 'eval', 'llava', 'server', 'tiny-llava'].map((name) =>
      join(root, 'packages', name),
    ),
    outputs: [{ name: 'markdown', path: join(pages, 'api') }],
    readme: 'none',
    packageOptions: { excludeInternal: true, readme: 'none' },
    logLevel: 'Error',
    disableSources: true,
    router: 'module',
    entryFileName: 'README',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useHTMLEncodedBrackets: true,
    sanitizeComments: true,
    useHTMLAnchors: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
  });
  const project = await typedoc.convert();
  if (!project) throw new Error('typedoc converted nothing');
  await typedoc.generateOutputs(project);
  if (typedoc.logger.hasErrors()) throw new Error('typedoc found errors');
  for (const name of readdirSync(join(pages, 'api'), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.md')) continue;
    // A module is called by what one imports.
    const entry = name.replace(/(\/(index|README))?\.md$/, '');
    const text = readFileSync(join(pages, 'api', name), 'utf8');
    const title = entry === 'README' ? 'API' : entry;
    writeFileSync(join(pages, 'api', name), text.replace(/^# .*$/m, `# ${title}`));
  }
}

const gathered = gatherPages(root, pages, 'https://github.com/autoprune/autoprune');
cpSync(join(app, 'home.md'), join(pages, 'index.md'));
await writeApi();
rmSync(dist, { recursive: true, force: true });
process.chdir(app);
await build(app);
const { htmlFiles, links } = checkLinks(dist);
console.log(
  `site: ${gathered.length} pages and the API, ${htmlFiles} files, ${links} links, none dead`,
);
