export type { TokenKernels } from '@autoprune/core';
export { referenceKernels } from '@autoprune/core';
export type { SelectionKernels } from '@autoprune/core/selection-kernels';
export { referenceSelectionKernels } from '@autoprune/core/selection-kernels';
export type { CacheKernels } from './cache-kernels.js';
export type { Kernels } from './kernels.js';
export { typescriptKernels } from './kernels.js';
export type {
  FoundOnnxRuntime,
  KernelsInfo,
  LoadedKernels,
  LoadKernelsOptions,
} from './load-kernels.js';
export { availableKernels, findOnnxRuntimeAddon, loadKernels } from './load-kernels.js';
export type {
  AllocatedTensor,
  AppendStep,
  BoundTensor,
  CacheArray,
  DecoderLayerFile,
  DecoderLayerMemory,
  DecoderShape,
  DecoderStep,
  NativeHandle,
  OnnxRuntimeAddon,
  PlanStep,
  RunStep,
  TensorData,
  TensorResult,
} from './onnxruntime.js';
export type { PictureKernels, ResampleWeights } from './picture-kernels.js';
