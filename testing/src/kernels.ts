/** Vitest global set-up: without a build of the native kernels the tests run on TypeScript, and say so once. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const addon = fileURLToPath(
  new URL('../../packages/kernels/build/Release/autoprune.node', import.meta.url),
);

/** Asks for the TypeScript kernels where none were built: commands would warn about it on standard error. */
export default function chooseKernels(): void {
  const { env } = process;
  if (env.AUTOPRUNE_REQUIRE_NATIVE === '1' || env.AUTOPRUNE_KERNELS_PATH || existsSync(addon))
    return;
  env.AUTOPRUNE_KERNELS ??= 'reference';
  console.log(
    'No native kernels were built: testing on those of TypeScript; npm run build:native makes them',
  );
}
