import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { runProgram } from '../run-program.mjs';
import { expect } from './expect.mjs';

/** Upper limits of a published package, in kB: what is downloaded, and what lies on the disk then. */
const SIZE_LIMITS = {
  '@autoprune/cli': { packed: 450, unpacked: 1_700 },
  '@autoprune/core': { packed: 1_000, unpacked: 4_000 },
  '@autoprune/eval': { packed: 1_100, unpacked: 4_500 },
  '@autoprune/kernels': { packed: 60, unpacked: 250 },
  '@autoprune/kernels-linux-x64': { packed: 420, unpacked: 950 },
  '@autoprune/llava': { packed: 1_200, unpacked: 6_000 },
  '@autoprune/server': { packed: 250, unpacked: 1_000 },
  '@autoprune/tiny-llava': { packed: 12_000, unpacked: 15_000 },
};

/** What no tarball may hold, wherever it lies. */
const NEVER =
  /(^|\/)(test|tests|__fixtures__|fixtures|node_modules|temp|coverage|\.turbo)\/|\.(test|spec|property)\.[cm]?[jt]s$|\.tsbuildinfo$|(^|\/)(tsconfig|tsup\.config|typedoc|api-extractor)[^/]*$|\.api\.md$|(^|\/)\.(env|npmrc|git)/;

/** What npm adds to every tarball, whatever `files` says. */
const ALWAYS = new Set(['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']);

function* filesUnder(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path);
    else yield path;
  }
}

/** Gets the tarball that a registry serves for a version, holds it against its checksum and unpacks it. */
async function download(registry, name, version, folder) {
  const document = await (await fetch(`${registry}${name.replace('/', '%2f')}`)).json();
  const { dist } = document.versions[version];
  const bytes = Buffer.from(await (await fetch(dist.tarball)).arrayBuffer());
  const checksum = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  expect(dist.integrity === checksum, `${name}: the tarball's checksum is not the published one`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.tgz'), bytes);
  await runProgram('tar', ['-xzf', 'package.tgz'], { cwd: folder });
  return { root: join(folder, 'package'), packed: bytes.length };
}

function checkFiles(files, manifest) {
  const bad = files.filter((file) => NEVER.test(file));
  expect(bad.length === 0, `should not be there: ${bad.join(', ')}`);
  const listed = manifest.files.filter((pattern) => !pattern.startsWith('!'));
  const allowed = (file) =>
    ALWAYS.has(file) || listed.some((entry) => file === entry || file.startsWith(`${entry}/`));
  const others = files.filter((file) => !allowed(file));
  expect(others.length === 0, `"files" does not name: ${others.join(', ')}`);
  for (const file of [
    'LICENSE',
    'README.md',
    ...(manifest.exports ? targets(manifest.exports) : []),
  ])
    expect(files.includes(file), `is missing: ${file}`);
}

/** Every file that an `exports` map leads to. */
const targets = (exports) =>
  typeof exports === 'string'
    ? exports.includes('*')
      ? []
      : [exports.replace('./', '')]
    : Object.values(exports).flatMap(targets);

function checkManifest(manifest, folder, versions, licence, repositoryLicence) {
  expect(manifest.license === 'Apache-2.0', `license is ${manifest.license}`);
  expect(licence === repositoryLicence, 'LICENSE is not the repository’s');
  expect(manifest.repository?.directory === folder, `repository.directory is not ${folder}`);
  expect(/^git\+https:/.test(manifest.repository.url), 'repository.url is no git+https address');
  expect(manifest.publishConfig?.provenance === true, 'publishConfig.provenance is not true');
  expect(manifest.publishConfig?.access === 'public', 'publishConfig.access is not public');
  expect(Boolean(manifest.engines?.node), 'engines.node is missing');
  expect(Boolean(manifest.description), 'description is missing');
  const scripts = Object.keys(manifest.scripts ?? {}).filter((name) =>
    /install|prepare/.test(name),
  );
  expect(scripts.length === 0, `has install scripts: ${scripts.join(', ')}`);
  const { dependencies, optionalDependencies, peerDependencies } = manifest;
  for (const [name, range] of Object.entries({ ...dependencies, ...optionalDependencies })) {
    expect(/^\d+\.\d+\.\d+$/.test(range), `${name} is not pinned: ${range}`);
    if (name.startsWith('@autoprune/'))
      expect(versions.get(name) === range, `${name}@${range} is not the version published with it`);
  }
  for (const [name, range] of Object.entries(peerDependencies ?? {}))
    expect(!/workspace|^file|^link/.test(range), `peer ${name}: ${range}`);
}

/** Every source that a source map names is in the map or in the tarball, and nothing names this machine's folders. */
function checkContents(root, files, machineFolders) {
  for (const file of files.filter((name) => /\.([cm]?js|map|d\.[cm]?ts|json|md)$/.test(name))) {
    const text = readFileSync(join(root, file), 'utf8');
    const folder = machineFolders.find((name) => text.includes(name));
    expect(!folder, `${file} names ${folder}`);
    if (!file.endsWith('.map')) continue;
    const { sources, sourcesContent } = JSON.parse(text);
    for (const [index, source] of sources.entries())
      expect(
        sourcesContent?.[index] || existsSync(join(root, dirname(file), source)),
        `${file} names a source that is not there: ${source}`,
      );
  }
}

/**
 * Holds the published tarball of one package against what a release promises.
 *
 * @returns its sizes, in words
 */
export async function checkTarball({ registry, work, manifest, folder, versions, copy }) {
  const { name, version } = manifest;
  const into = join(work, 'tarballs', name.replace('/', '-'));
  const { root, packed } = await download(registry, name, version, into);
  const paths = [...filesUnder(root)];
  const files = paths.map((path) => relative(root, path).replaceAll('\\', '/'));
  const published = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  checkFiles(files, published);
  const licence = (path) => readFileSync(join(path, 'LICENSE'), 'utf8').trim();
  checkManifest(published, folder, versions, licence(root), licence(copy));
  checkContents(root, files, [copy, process.cwd()]);

  const limit = SIZE_LIMITS[name];
  expect(limit, `SIZE_LIMITS has no ${name}`);
  const kilobytes = (bytes) => Math.ceil(bytes / 1000);
  const sizes = {
    packed: kilobytes(packed),
    unpacked: kilobytes(paths.reduce((sum, path) => sum + statSync(path).size, 0)),
  };
  for (const kind of ['packed', 'unpacked'])
    expect(sizes[kind] <= limit[kind], `${kind} ${sizes[kind]} kB, above ${limit[kind]} kB`);
  return `${files.length} files, ${sizes.packed} kB packed, ${sizes.unpacked} kB unpacked`;
}
