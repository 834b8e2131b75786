import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { runProgram } from '../run-program.mjs';

const AUTHOR = ['-c', 'user.name=Release check', '-c', 'user.email=release@localhost'];

const has = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

/** Copies everything that git tracks or would track, so that versions can be bumped without touching the work tree. */
function copyTracked(root, copy) {
  const listed = execFileSync('git', ['ls-files', '-coz', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  for (const file of listed.split('\0').filter((name) => name && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    copyFileSync(join(root, file), join(copy, file));
  }
}

/**
 * A copy of the repository as a maintainer's clean checkout: installed, built, with a git history of its own.
 *
 * @returns functions that act in the copy
 */
export function workspaceCopy(root, copy) {
  const run = (command, args, environment = {}) =>
    runProgram(command, args, { cwd: copy, env: { ...process.env, ...environment } });
  const platform = `${process.platform}-${process.arch}`;
  const binary = join('native', 'platforms', platform, 'autoprune.node');

  return {
    folder: copy,
    run,

    async create() {
      copyTracked(root, copy);
      await run('git', ['init', '--quiet', '--initial-branch=main']);
      await this.commit('Start');
    },

    async commit(message) {
      await run('git', ['add', '--all']);
      await run('git', [...AUTHOR, 'commit', '--quiet', '--no-verify', '--message', message]);
    },

    install: () =>
      run('pnpm', ['install', '--frozen-lockfile', '--prefer-offline', '--ignore-scripts']),

    /** What the work tree has built from the same sources is taken over; the rest is built here. */
    build: (...filters) =>
      run('pnpm', [
        ...['exec', 'turbo', 'run', 'build', '--output-logs=errors-only'],
        `--cache-dir=${join(root, '.turbo', 'cache')}`,
        ...filters.map((name) => `--filter=${name}`),
      ]),

    /** @returns how the binary of this platform came about, or undefined where none can be built */
    async buildNative() {
      if (!existsSync(join(copy, dirname(binary)))) return undefined;
      if (existsSync(join(root, binary))) {
        copyFileSync(join(root, binary), join(copy, binary));
        return 'taken from the work tree';
      }
      if (!has('cmake') || !has('c++')) return undefined;
      await run(process.execPath, [join('native', 'build.mjs')]);
      return 'built';
    },

    /** Keeps the package of this platform from being published, as nothing is without its binary. */
    async withoutNativePackage() {
      const file = join(copy, dirname(binary), 'package.json');
      const manifest = JSON.parse(readFileSync(file, 'utf8'));
      writeFileSync(file, JSON.stringify({ ...manifest, private: true }));
      await this.commit('Publish no native kernels');
    },

    /** Every package that is published, with its folder relative to the copy. */
    packages: () =>
      ['packages', 'native/platforms'].flatMap((parent) =>
        readdirSync(join(copy, parent)).flatMap((name) => {
          const folder = `${parent}/${name}`;
          const manifest = JSON.parse(readFileSync(join(copy, folder, 'package.json'), 'utf8'));
          return manifest.private ? [] : [{ folder, manifest }];
        }),
      ),

    changelog: (folder) => {
      const file = join(copy, folder, 'CHANGELOG.md');
      return existsSync(file) ? readFileSync(file, 'utf8') : '';
    },
  };
}
