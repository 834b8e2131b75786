import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A place where the addon may be. */
export interface AddonCandidate {
  /** Where the path comes from, for people. */
  readonly source: string;
  readonly path: string;
}

/** Name of the package that holds the addon for this platform. */
export const platformPackage = (): string =>
  `@autoprune/kernels-${process.platform}-${process.arch}`;

/** Path of the addon in the package of this platform, where that is installed. */
function resolvePlatformPackage(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`${platformPackage()}/autoprune.node`);
  } catch {
    return undefined;
  }
}

/**
 * Where to look for the addon, best first: AUTOPRUNE_KERNELS_PATH alone where it is set, else a build from
 * source in this checkout, then the package of this platform.
 */
export function addonCandidates(explicit = process.env.AUTOPRUNE_KERNELS_PATH): AddonCandidate[] {
  if (explicit) return [{ source: 'AUTOPRUNE_KERNELS_PATH', path: resolve(explicit) }];
  const local = fileURLToPath(new URL('../build/Release/autoprune.node', import.meta.url));
  const installed = resolvePlatformPackage();
  return [
    ...(existsSync(local) ? [{ source: 'local build', path: local }] : []),
    ...(installed ? [{ source: platformPackage(), path: installed }] : []),
  ];
}
