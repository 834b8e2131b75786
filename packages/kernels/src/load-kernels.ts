import { createRequire } from 'node:module';
import { AutopruneError } from '@autoprune/core';
import type { Addon } from './addon.js';
import { type CacheKernels, cacheKernels, typescriptCacheKernels } from './cache-kernels.js';
import { addonCandidates, platformPackage } from './find-addon.js';
import { type Kernels, typescriptKernels } from './kernels.js';
import { nativeKernels } from './native-kernels.js';
import type { OnnxRuntimeAddon } from './onnxruntime.js';
import { type PictureKernels, pictureKernels } from './picture-kernels.js';
import { addonFault } from './test-addon.js';

/** Which kernels are used, and why. */
export interface KernelsInfo {
  /** Name of the implementation: `reference` is plain TypeScript, else the instruction set. */
  readonly name: string;
  /** One line for reports: what was found and what was tried. */
  readonly detail: string;
}

/** Kernels, and which they are. */
export interface LoadedKernels {
  readonly kernels: Kernels;
  /** For pictures; undefined where TypeScript runs, which those who make pictures have themselves. */
  readonly picture?: PictureKernels;
  /** For caches that hold keys and values in fewer bits. */
  readonly cache: CacheKernels;
  readonly info: KernelsInfo;
}

/** Options of {@link loadKernels}. */
export interface LoadKernelsOptions {
  /**
   * `reference` for TypeScript, or an instruction set (`portable`, `avx2`, `avx512`, `avx512vnni`) to take instead of the
   * best one. Default: the environment variable AUTOPRUNE_KERNELS, else the best.
   */
  readonly use?: string | undefined;
  /** Path of an addon to take instead of the one that is found. Default: AUTOPRUNE_KERNELS_PATH. */
  readonly path?: string | undefined;
}

interface FoundAddon {
  readonly addon?: Addon;
  readonly path?: string;
  readonly detail: string;
}

/** Answers by explicit path, so that every addon is tested once a process. */
const found = new Map<string, FoundAddon>();

function findAddon(explicit: string | undefined): FoundAddon {
  const faults: string[] = [];
  for (const { source, path } of addonCandidates(explicit)) {
    const fault = addonFault(path);
    if (fault === undefined) {
      const addon = createRequire(import.meta.url)(path) as Addon;
      return { addon, path, detail: [`native, ${source}`, ...faults].join('; ') };
    }
    faults.push(`${source} cannot be used: ${fault} (${path})`);
  }
  if (faults.length > 0) return { detail: `TypeScript; ${faults.join('; ')}` };
  return { detail: `TypeScript; neither ${platformPackage()} nor a build from source was found` };
}

const warned = new Set<string>();

function warnOnce(detail: string): void {
  if (warned.has(detail)) return;
  warned.add(detail);
  process.emitWarning(`Native kernels are not used: ${detail}`, {
    type: 'AutopruneWarning',
    code: 'KERNELS_FALLBACK',
    detail:
      'Results are the same, pruning takes longer. See `autoprune doctor`; AUTOPRUNE_KERNELS=reference asks for TypeScript.',
  });
}

/** The addon at an explicit path, or the one that is found. */
function addonAt(path: string | undefined): FoundAddon {
  const key = path ?? '';
  let result = found.get(key);
  if (!result) {
    result = findAddon(path);
    found.set(key, result);
  }
  return result;
}

/**
 * The fastest kernels that work on this machine: those of an addon, tested in a process of its own before its first
 * use, else those of TypeScript with one warning. Results are the same; the README says where to the last bit.
 *
 * @throws ARGUMENT_INVALID for an instruction set that the addon or the processor does not have
 */
export function loadKernels(options: LoadKernelsOptions = {}): LoadedKernels {
  const { use = process.env.AUTOPRUNE_KERNELS, path = process.env.AUTOPRUNE_KERNELS_PATH } =
    options;
  if (use === 'reference') {
    const info = { name: typescriptKernels.name, detail: 'TypeScript, as asked for' };
    return { kernels: typescriptKernels, cache: typescriptCacheKernels, info };
  }
  const { addon, detail } = addonAt(path);
  if (!addon) {
    warnOnce(detail);
    const info = { name: typescriptKernels.name, detail };
    return { kernels: typescriptKernels, cache: typescriptCacheKernels, info };
  }
  const name = use || addon.paths[0]!;
  if (!addon.paths.includes(name)) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `Expected one of reference, ${addon.paths.join(', ')} for AUTOPRUNE_KERNELS but received ${name}`,
      { name, paths: addon.paths },
    );
  }
  const functions = addon.kernels(name);
  return {
    kernels: nativeKernels(functions, name),
    picture: pictureKernels(functions),
    cache: cacheKernels(functions),
    info: { name, detail },
  };
}

/** Instruction sets that {@link loadKernels} can be asked for here, best first; none without an addon. */
export function availableKernels(path = process.env.AUTOPRUNE_KERNELS_PATH): readonly string[] {
  return addonAt(path).addon?.paths ?? [];
}

/** The addon's functions over an onnxruntime library. */
export interface FoundOnnxRuntime {
  /** Missing where no addon was found that works. */
  readonly addon?: OnnxRuntimeAddon;
  /** Where the addon lies. */
  readonly path?: string;
  /** One line for reports: what was found and what was tried. */
  readonly detail: string;
}

/** The functions over an onnxruntime library of the addon that {@link loadKernels} finds. */
export function findOnnxRuntimeAddon(
  explicit = process.env.AUTOPRUNE_KERNELS_PATH,
): FoundOnnxRuntime {
  const { addon, path, detail } = addonAt(explicit);
  return addon && path ? { addon: addon.onnxruntime, path, detail } : { detail };
}
