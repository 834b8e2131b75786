import { availableParallelism } from 'node:os';
import { registerAllMethods } from '@autoprune/core/methods';
import { loadKernels } from '@autoprune/kernels';
import type { LoadProgress } from '../onnx/model-sessions.js';
import { OnnxBackend } from '../onnx/onnx-backend.js';
import { chatTemplatePrompt, namedTemplate } from '../text/prompt-template.js';
import { readCheckpoint } from './checkpoint-files.js';
import { LlavaModel } from './llava-model.js';
import { resolveModel } from './resolve-model.js';

/** Options of {@link loadModel}. */
export interface LoadModelOptions {
  /** Precision of the arithmetic. Default `fp32`. */
  readonly dtype?: 'fp32';
  /** Threads of one operator. Default: all that the machine offers. */
  readonly threads?: number;
  /** Folder or hub id of the vision tower, for checkpoints that keep it elsewhere. */
  readonly visionTower?: string | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: LoadProgress) => void;
}

/**
 * Loads a checkpoint.
 *
 * @param ref  `tiny` for the embedded model, or a folder in the Hugging Face layout
 * @throws CHECKPOINT_*, TENSOR_*, TOKENIZER_INVALID, PROCESSOR_INVALID, BACKEND_UNAVAILABLE or OUT_OF_MEMORY, each
 *   naming the file and the next step; the signal's reason on abort
 */
export async function loadModel(ref: string, options: LoadModelOptions = {}): Promise<LlavaModel> {
  const started = performance.now();
  registerAllMethods();
  const { id, folder } = await resolveModel(ref);
  const files = await readCheckpoint(folder, { visionTower: options.visionTower });
  options.signal?.throwIfAborted();
  const { kernels, info } = loadKernels();
  const backend = await OnnxBackend.create(files.config, files.weights, files.tensors, kernels, {
    threads: options.threads ?? availableParallelism(),
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
  const template = files.chatTemplate
    ? chatTemplatePrompt(files.chatTemplate, files.tokenizer, `${folder}: chat template`)
    : namedTemplate(files.defaultTemplate);
  return new LlavaModel(
    {
      id,
      folder,
      family: files.config.family,
      dtype: options.dtype ?? 'fp32',
      backend: backend.name,
      kernels: info.name,
      loadMs: performance.now() - started,
    },
    files,
    template,
    backend,
    kernels,
  );
}
