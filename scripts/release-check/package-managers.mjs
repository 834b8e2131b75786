import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../run-program.mjs';
import { writeUsesOfCore } from '../uses-of-core.mjs';

/** Versions of the package managers that packages are installed with, beside the npm that came with Node. */
const VERSIONS = { pnpm: '10.34.8', yarn: '1.22.22', bun: '1.4.5' };

const install = {
  npm: ['install'],
  pnpm: ['install', '--no-frozen-lockfile'],
  yarn: ['install', '--non-interactive', '--no-progress'],
  bun: ['install', '--no-progress'],
};

/** Where a package manager that was installed without its install script can be started, and how. */
function program(tools, name) {
  const modules = join(tools, 'node_modules');
  if (name === 'npm') return ['npm'];
  if (name !== 'bun') return [process.execPath, join(modules, ...entry[name])];
  const scope = join(modules, '@oven');
  const binaries = existsSync(scope)
    ? readdirSync(scope).map((folder) => join(scope, folder, 'bin', 'bun'))
    : [];
  return binaries.filter(existsSync).map((path) => [path])[0];
}
const entry = { pnpm: ['pnpm', 'bin', 'pnpm.cjs'], yarn: ['yarn', 'bin', 'yarn.js'] };

/** Why a program of this machine does not start, or undefined. */
async function cannotStart([command, ...args], options) {
  return runProgram(command, [...args, '--version'], options).then(
    () => undefined,
    (error) => error.message.split('\n').slice(0, 3).join(' '),
  );
}

/** Installs the command and core with every package manager, and uses what each made of it. */
export async function checkPackageManagers(report, { work, environment, versions }) {
  const tools = join(work, 'tools');
  mkdirSync(tools, { recursive: true });
  writeFileSync(join(tools, 'package.json'), '{ "name": "tools", "private": true }');
  const wanted = Object.entries(VERSIONS).map(([name, version]) => `${name}@${version}`);
  const options = (cwd) => ({ cwd, env: { ...environment, COREPACK_ENABLE_STRICT: '0' } });
  const ready = await report.check(`package managers: ${wanted.join(', ')}`, async () => {
    await runProgram('npm', ['install', ...wanted], options(tools));
  });
  if (!ready) return;

  for (const name of Object.keys(install)) {
    const start = program(tools, name);
    const reason = start ? await cannotStart(start, options(tools)) : 'it has no binary for here';
    if (reason) {
      report.skip(`${name}: install`, `${name} does not run on this machine: ${reason}`);
      continue;
    }
    await report.check(`${name}: install, import, ask`, async () => {
      const project = join(work, `with-${name}`);
      mkdirSync(project);
      const dependencies = Object.fromEntries(
        ['@autoprune/cli', '@autoprune/core'].map((each) => [each, versions.get(each)]),
      );
      const manifest = { name: `with-${name}`, version: '1.0.0', private: true, dependencies };
      writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
      writeUsesOfCore(project);
      const [command, ...args] = start;
      await runProgram(command, [...args, ...install[name]], options(project));
      await runProgram(process.execPath, ['use.mjs'], options(project));
      const autoprune = join(project, 'node_modules', '.bin', 'autoprune');
      const asked = JSON.parse(
        await runProgram(
          autoprune,
          ['ask', 'What is this?', '--max-new-tokens', '4', '--json'],
          options(project),
        ),
      );
      if (typeof asked.answer !== 'string') throw new Error('ask printed no answer');
    });
  }
}
