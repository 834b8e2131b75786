import { referenceKernels, type TokenKernels } from '@autoprune/core';
import {
  referenceSelectionKernels,
  type SelectionKernels,
} from '@autoprune/core/selection-kernels';

/** All primitives: those that a runtime needs, and those of methods that compare tokens. */
export interface Kernels extends TokenKernels, SelectionKernels {}

/** Plain TypeScript, the definition of correct. */
export const typescriptKernels: Kernels = { ...referenceKernels, ...referenceSelectionKernels };
