import { availableParallelism } from 'node:os';
import { AutopruneError } from '@autoprune/core';
import { registerAllMethods } from '@autoprune/core/methods';
import { loadKernels } from '@autoprune/kernels';
import type { ModelConfig } from '../families/model-config.js';
import type { LoadProgress } from '../onnx/model-sessions.js';
import { OnnxBackend } from '../onnx/onnx-backend.js';
import { cacheFolder } from '../precision/cache-folder.js';
import type { CacheDtype, Dtype } from '../precision/dtype.js';
import { safeInt8Range } from '../precision/int8-range.js';
import { availableMemory, chooseDtype, requireMemory } from '../precision/memory.js';
import {
  type ModelWeights,
  type QuantizeOptions,
  quantizedWeights,
} from '../precision/quantized-weights.js';
import type { ConversionProgress } from '../precision/weight-store.js';
import { syntheticShape } from '../synthetic/shapes.js';
import { syntheticCheckpoint } from '../synthetic/synthetic-checkpoint.js';
import { chatTemplatePrompt, namedTemplate } from '../text/prompt-template.js';
import { type CheckpointFiles, readCheckpoint } from './checkpoint-files.js';
import { LlavaModel } from './llava-model.js';
import { resolveModel } from './resolve-model.js';

/** Which precision was taken where the caller left it open, and why. */
export interface DtypeProgress {
  readonly stage: 'dtype';
  readonly dtype: Dtype;
  readonly reason: string;
}

/** What loading reports on its way. */
export type LoadingProgress = DtypeProgress | ConversionProgress | LoadProgress;

/** Options of every way to load a model. */
export interface LoadOptions {
  /** Precision of the arithmetic; `auto` takes the fastest that fits into memory. Default `auto`. */
  readonly dtype?: Dtype | 'auto' | undefined;
  /**
   * How keys and values are held while an answer is written: `fp16` takes half of the memory of `fp32`, `int8` a quarter, and
   * a token reads that much less. Fastest in `mixed` with native kernels; elsewhere they are unpacked for every token.
   * Default `fp32`.
   */
  readonly cacheDtype?: CacheDtype | undefined;
  /** Loads even when the estimate says that memory will not do. Default false. */
  readonly ignoreMemory?: boolean | undefined;
  /** Threads of one operator. Default: all that the machine offers. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: LoadingProgress) => void) | undefined;
}

/** Options of {@link loadModel}. */
export interface LoadModelOptions extends LoadOptions {
  /** Folder or hub id of the vision tower, for checkpoints that keep it elsewhere. */
  readonly visionTower?: string | undefined;
}

/**
 * Loads a checkpoint.
 *
 * @param ref  `tiny` for the embedded model, a folder in a published layout, or an id of the hub that was pulled
 * @throws CHECKPOINT_*, TENSOR_*, TOKENIZER_INVALID, PROCESSOR_INVALID, CACHE_FAILED, BACKEND_UNAVAILABLE or
 *   OUT_OF_MEMORY, each naming the file and the next step; the signal's reason on abort
 */
export async function loadModel(ref: string, options: LoadModelOptions = {}): Promise<LlavaModel> {
  const started = performance.now();
  const { id, folder } = await resolveModel(ref);
  const files = await readCheckpoint(folder, { visionTower: options.visionTower });
  options.signal?.throwIfAborted();
  const dtype = decideDtype(files.config, options);
  const weights =
    dtype === 'fp32'
      ? { prefill: files.weights, decode: undefined }
      : await quantizedWeights(files, dtype, await quantizeOptions(options));
  return startModel({ id, dtype, started }, files, weights, options);
}

/**
 * Loads a model of a published shape with random weights, which takes the time and the memory of the real one: what a
 * machine will do can be measured before a download.
 *
 * @param name  one of `SYNTHETIC_MODELS`, e.g. `llava-1.5-7b`
 * @throws ARGUMENT_INVALID for an unknown name, CACHE_FAILED, BACKEND_UNAVAILABLE or OUT_OF_MEMORY; the signal's reason on
 *   abort
 */
export async function loadSyntheticModel(
  name: string,
  options: LoadOptions = {},
): Promise<LlavaModel> {
  const started = performance.now();
  const dtype = decideDtype(syntheticShape(name), options);
  if (dtype === 'fp32') {
    throw new AutopruneError(
      'CHECKPOINT_UNSUPPORTED',
      'Synthetic models have no float32 weights; use --dtype mixed, int8, int4 or auto',
      { name, dtype },
    );
  }
  const made = await syntheticCheckpoint(name, dtype, await quantizeOptions(options));
  const id = `synthetic ${name}`;
  return startModel({ id, dtype, started }, made.files, made.weights, options);
}

/** The precision asked for, once it is known to fit; or the one that does. */
function decideDtype(config: ModelConfig, options: LoadOptions): Dtype {
  const { dtype = 'auto', cacheDtype, ignoreMemory = false, onProgress } = options;
  const available = availableMemory();
  if (dtype === 'auto') {
    const choice = chooseDtype(config, available, cacheDtype);
    onProgress?.({ stage: 'dtype', dtype: choice.dtype, reason: choice.reason });
    return choice.dtype;
  }
  if (!ignoreMemory) requireMemory(config, dtype, available, cacheDtype);
  return dtype;
}

async function quantizeOptions(options: LoadOptions): Promise<QuantizeOptions> {
  const { signal, onProgress } = options;
  const int8Range = await safeInt8Range(1);
  return { cache: cacheFolder(), int8Range, signal, onProgress };
}

async function startModel(
  { id, dtype, started }: { id: string; dtype: Dtype; started: number },
  files: CheckpointFiles,
  weights: ModelWeights,
  { threads = availableParallelism(), cacheDtype = 'fp32', signal, onProgress }: LoadOptions,
): Promise<LlavaModel> {
  registerAllMethods();
  const { kernels, picture, cache, info } = loadKernels();
  const { folder, config } = files;
  const packing = cacheDtype === 'fp32' ? undefined : { dtype: cacheDtype, kernels: cache };
  const backend = await OnnxBackend.create(
    config,
    weights,
    { kernels, packing },
    { threads, signal, onProgress },
  );
  const template = files.chatTemplate
    ? chatTemplatePrompt(files.chatTemplate, files.tokenizer, `${folder}: chat template`)
    : namedTemplate(files.defaultTemplate);
  return new LlavaModel(
    {
      id,
      folder,
      family: config.family,
      dtype,
      cacheDtype,
      backend: backend.name,
      kernels: info.name,
      loadMs: performance.now() - started,
    },
    files,
    template,
    backend,
    kernels,
    picture,
  );
}
