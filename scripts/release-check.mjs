// Proves a release before there is one: publishes every package to a registry on the loopback, from a copy of this
// repository, and uses the packages from there as their users will. Touches neither the work tree nor anything global.
//
//   pnpm release:check [--keep]    --keep leaves the temporary folder for a look
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from './release-check/clean-environment.mjs';
import { checkCommandLine, commandLine } from './release-check/command-line.mjs';
import { checkImports } from './release-check/imports.mjs';
import { checkPackageManagers } from './release-check/package-managers.mjs';
import { publishNew } from './release-check/publish.mjs';
import { startRegistry } from './release-check/registry.mjs';
import { checkTarball } from './release-check/tarballs.mjs';
import { checkUpgrade } from './release-check/upgrade.mjs';
import { workspaceCopy } from './release-check/workspace-copy.mjs';
import { createReport } from './report.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const work = mkdtempSync(join(tmpdir(), 'autoprune-release-'));
const report = createReport();
const copy = workspaceCopy(root, join(work, 'repository'));
let registry;
let nativePublished = false;

async function prepare() {
  await copy.create();
  await copy.install();
  await copy.build();
  const native = await copy.buildNative();
  nativePublished = native !== undefined;
  return `native kernels: ${native ?? 'none'}`;
}

async function main() {
  if (!(await report.check('copy of the repository: install and build', prepare))) return;
  if (!nativePublished) {
    report.skip(
      `@autoprune/kernels-${process.platform}-${process.arch}`,
      'no binary in native/platforms, and no CMake and compiler to build one; not published here',
    );
    await copy.withoutNativePackage();
  }
  await report.check('first release: changeset version', async () => {
    await copy.run('pnpm', ['exec', 'changeset', 'version']);
    const odd = copy.packages().filter(({ manifest }) => !manifest.version.startsWith('0.'));
    if (odd.length > 0) throw new Error(`not 0.x: ${odd.map(({ folder }) => folder).join(', ')}`);
    await copy.commit('Version packages');
  });
  const packages = copy.packages();
  const versions = new Map(packages.map(({ manifest }) => [manifest.name, manifest.version]));
  const started = await report.check('registry on the loopback', async () => {
    registry = await startRegistry(join(work, 'registry'));
  });
  if (!started) return;
  const environment = cleanEnvironment(work, registry.url);
  const publish = () => publishNew({ copy, registry: registry.url, work, environment });
  const released = await report.check('publish', async () => {
    const names = await publish();
    const missing = [...versions.keys()].filter((name) => !names.includes(name));
    if (missing.length > 0) throw new Error(`not published: ${missing.join(', ')}`);
    return `${names.length} packages`;
  });
  if (!released) return;

  for (const { folder, manifest } of packages)
    await report.check(`tarball of ${manifest.name}`, () =>
      checkTarball({
        registry: registry.url,
        work,
        manifest,
        folder,
        versions,
        copy: copy.folder,
      }),
    );
  await checkImports(report, { work, environment });
  const cli = commandLine({ work, environment });
  await checkCommandLine(report, cli, {
    versions,
    nativePublished,
    engines: packages[0].manifest.engines.node,
  });
  await checkPackageManagers(report, { work, environment, versions });
  await checkUpgrade(report, { copy, cli, publish, published: [...versions.keys()] });
}

try {
  await main();
} finally {
  registry?.stop();
  if (process.argv.includes('--keep')) console.log(`kept: ${work}`);
  else rmSync(work, { recursive: true, force: true, maxRetries: 5 });
}
report.finish('release checks');
