import { referenceKernels, type TokenKernels } from '@autoprune/core';

export type { TokenKernels } from '@autoprune/core';
export { referenceKernels } from '@autoprune/core';

/** Which kernels are used, and why. */
export interface KernelsInfo {
  /** Name of the implementation: `reference` is plain TypeScript. */
  readonly name: string;
  /** One line for reports: what was found and what was tried. */
  readonly detail: string;
}

/** The fastest kernels that work on this machine. */
export function loadKernels(): { readonly kernels: TokenKernels; readonly info: KernelsInfo } {
  return {
    kernels: referenceKernels,
    info: { name: referenceKernels.name, detail: 'TypeScript; no native package exists yet' },
  };
}
