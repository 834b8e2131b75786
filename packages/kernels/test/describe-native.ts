import { describe, expect, it } from 'vitest';
import { availableKernels, type Kernels, loadKernels } from '../src/index.js';

const paths = process.env.AUTOPRUNE_KERNELS === 'reference' ? [] : availableKernels();

/**
 * Tests once for every instruction set that this machine has. Without an addon the block is skipped and says how to get
 * one; with AUTOPRUNE_REQUIRE_NATIVE=1 that fails instead.
 */
export function describeNative(
  title: string,
  tests: (kernels: Kernels, path: string) => void,
): void {
  if (paths.length === 0) {
    const reason = `${title}: no native kernels here; npm run build:native makes them`;
    if (process.env.AUTOPRUNE_REQUIRE_NATIVE === '1') {
      it(reason, () => expect.fail('AUTOPRUNE_REQUIRE_NATIVE asks for them'));
    } else {
      it.skip(reason, () => {});
    }
    return;
  }
  describe.each(paths)(`${title}, %s`, (path) => {
    tests(loadKernels({ use: path }).kernels, path);
  });
}
