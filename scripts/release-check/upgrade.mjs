import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from './expect.mjs';

const SENTENCE = 'AutoPrune falls to fewer tokens later: its slope at zero complexity is 0.3.';

/** Everything that depends on core, directly or not, or shares a version with what does. */
const DEPENDENTS = ['cli', 'eval', 'kernels', 'kernels-linux-x64', 'llava', 'server'].map(
  (name) => `@autoprune/${name}`,
);

/** Replaces a text that must be in a file exactly once. */
function edit(file, from, to) {
  const text = readFileSync(file, 'utf8');
  expect(text.split(from).length === 2, `${file} does not hold exactly one ${from}`);
  writeFileSync(file, text.replace(from, to));
}

const nextPatch = (version) => version.replace(/\d+$/, (patch) => Number(patch) + 1);

const schedule = (cli) =>
  cli.json('schedule', '--target-tokens', '64', '--visual-tokens', '576', '--complexity', '0');
const fastvTitle = async (cli) =>
  (await cli.json('methods')).find(({ name }) => name === 'fastv').title;

/**
 * Changes a method as a maintainer would: an edit, a changeset, `changeset version`, `changeset publish`; then updates
 * an installed command and looks at what it does.
 */
export async function checkUpgrade(report, { copy, cli, publish, published }) {
  const before = new Map(copy.packages().map(({ manifest }) => [manifest.name, manifest.version]));
  const slopeBefore = (await schedule(cli)).slope;

  const versioned = await report.check(
    'upgrade: a patch of core bumps its dependents',
    async () => {
      const core = join(copy.folder, 'packages', 'core', 'src');
      edit(join(core, 'schedule', 'retention-curve.ts'), 'k0: 0.4,', 'k0: 0.3,');
      edit(join(core, 'methods', 'fastv.ts'), "title: 'FastV: ", "title: 'FastV, updated: ");
      writeFileSync(
        join(copy.folder, '.changeset', 'another-slope.md'),
        `---\n"@autoprune/core": patch\n---\n\n${SENTENCE}\n`,
      );
      await copy.commit('Change the slope');
      await copy.run('pnpm', ['exec', 'changeset', 'version']);
      const after = new Map(
        copy.packages().map(({ manifest }) => [manifest.name, manifest.version]),
      );
      for (const [name, version] of before) {
        const bumped = name === '@autoprune/core' || DEPENDENTS.includes(name);
        const wanted = bumped ? nextPatch(version) : version;
        expect(after.get(name) === wanted, `${name} is ${after.get(name)}, not ${wanted}`);
      }
      await copy.commit('Version packages');
      return [...after].map(([name, version]) => `${name.slice(11)} ${version}`).join(', ');
    },
  );
  if (!versioned) return;

  await report.check('upgrade: the changelogs say so', () => {
    for (const { folder, manifest } of copy.packages()) {
      const section = copy.changelog(folder).split(/^## /m)[1] ?? '';
      if (manifest.version === before.get(manifest.name)) continue;
      expect(
        section.startsWith(manifest.version),
        `${folder}/CHANGELOG.md has no ${manifest.version}`,
      );
      if (manifest.name === '@autoprune/core')
        expect(
          section.includes(SENTENCE),
          `${folder}/CHANGELOG.md lacks the sentence:\n${section}`,
        );
      else if (manifest.dependencies?.['@autoprune/core'])
        expect(
          section.includes(`@autoprune/core@${nextPatch(before.get('@autoprune/core'))}`),
          `${folder}/CHANGELOG.md does not name core:\n${section}`,
        );
    }
  });

  await report.check('upgrade: publish what changed', async () => {
    await copy.build('@autoprune/core');
    const names = await publish();
    const wanted = published
      .filter((name) => name === '@autoprune/core' || DEPENDENTS.includes(name))
      .sort();
    expect(names.join() === wanted.join(), `published ${names.join(', ')}`);
    return `${names.length} packages`;
  });

  await report.check('upgrade: npm update --global, and the command does it', async () => {
    await cli.update();
    const version = (await cli.run('--version')).trim();
    expect(version === nextPatch(before.get('@autoprune/cli')), `--version prints ${version}`);
    const { slope } = await schedule(cli);
    expect(slopeBefore === 0.4 && slope === 0.3, `slope ${slopeBefore}, then ${slope}`);
    const title = await fastvTitle(cli);
    expect(title.startsWith('FastV, updated: '), `title: ${title}`);
    return `${version}: slope ${slopeBefore} → ${slope}, “${title}”`;
  });
}
