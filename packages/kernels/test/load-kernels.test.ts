import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { INTERFACE_VERSION } from '../src/addon.js';
import { loadKernels, typescriptKernels } from '../src/index.js';
import { describeNative } from './describe-native.js';

const folder = mkdtempSync(join(tmpdir(), 'autoprune-kernels-'));

// Whoever runs the tests may have asked for some kernels.
beforeEach(() => {
  vi.stubEnv('AUTOPRUNE_KERNELS', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Loads an addon that is none, and returns what was said. */
function loadBroken(name: string) {
  const path = join(folder, name);
  const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const { kernels, info } = loadKernels({ path, use: undefined });
  loadKernels({ path, use: undefined });
  expect(kernels).toBe(typescriptKernels);
  expect(warning).toHaveBeenCalledTimes(1);
  expect(warning.mock.calls[0]![0]).toContain(info.detail);
  return info;
}

it('gives TypeScript without a word where it is asked for', () => {
  const warning = vi.spyOn(process, 'emitWarning');
  const { kernels, info } = loadKernels({ use: 'reference' });
  expect(kernels).toBe(typescriptKernels);
  expect(info).toEqual({ name: 'reference', detail: 'TypeScript, as asked for' });
  expect(warning).not.toHaveBeenCalled();
});

it('warns once and runs in TypeScript where the addon is missing', () => {
  const { name, detail } = loadBroken('missing.node');
  expect(name).toBe('reference');
  expect(detail).toMatch(/AUTOPRUNE_KERNELS_PATH cannot be used: Error: Cannot find module/);
});

it('warns once and runs in TypeScript where the addon is broken', () => {
  writeFileSync(join(folder, 'broken.node'), 'no library');
  expect(loadBroken('broken.node').detail).toMatch(/broken\.node/);
});

it('outlives an addon that ends the process that loads it', () => {
  writeFileSync(join(folder, 'crashing.cjs'), 'process.kill(process.pid, "SIGSEGV");');
  expect(loadBroken('crashing.cjs').detail).toMatch(/ended the process that loaded it \(SIGSEGV\)/);
});

it('refuses an addon of another version', () => {
  writeFileSync(join(folder, 'older.cjs'), 'module.exports = { interfaceVersion: 0, paths: [] };');
  expect(loadBroken('older.cjs').detail).toMatch(/it speaks interface 0 and this package \d/);
});

it('refuses an addon that computes wrongly', () => {
  writeFileSync(
    join(folder, 'wrong.cjs'),
    `const no = () => true;
     const kernels = () => ({ pairDistances: no, selectMaxMin: no, mutualInformation: no, selectTopTokens: no });
     module.exports = { interfaceVersion: ${INTERFACE_VERSION}, paths: ['portable'], kernels };`,
  );
  expect(loadBroken('wrong.cjs').detail).toMatch(/portable gives wrong results/);
});

describeNative('loading', (_, path) => {
  it('takes the instruction set that the environment names', () => {
    vi.stubEnv('AUTOPRUNE_KERNELS', path);
    expect(loadKernels().info.name).toBe(path);
  });

  it('refuses one that is not there', () => {
    expect(() => loadKernels({ use: 'mmx' })).toThrow(/Expected one of reference, .* received mmx/);
  });
});

describeNative('instruction sets', (_, path) => {
  it('share no inline function, which another processor could not run', () => {
    // Weak symbols are those of which the linker keeps any one copy.
    const objects = join(__dirname, '../../../native/build/CMakeFiles', `path_${path}.dir`);
    let listing: string;
    try {
      listing = execFileSync('sh', ['-c', `nm -C --defined-only $(find ${objects} -name '*.o')`], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    } catch {
      // A prebuilt addon comes without objects.
      return;
    }
    const weak = listing.split('\n').filter((line) => / [WVu] /.test(line));
    expect(weak.filter((line) => !line.includes(`autoprune::${path}::`))).toEqual([]);
  });
});
