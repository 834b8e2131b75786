// Loading
export type { LoadModelOptions } from './runtime/load-model.js';
export { loadModel } from './runtime/load-model.js';
export type { LoadProgress } from './onnx/model-sessions.js';
export type { CheckpointFiles } from './runtime/checkpoint-files.js';
export { readCheckpoint } from './runtime/checkpoint-files.js';
export type { ResolvedModel } from './runtime/resolve-model.js';
export { resolveModel } from './runtime/resolve-model.js';

// Answering
export type { GenerateOptions, ModelInfo } from './runtime/llava-model.js';
export { LlavaModel } from './runtime/llava-model.js';
export type { GenerationPart } from './runtime/generation.js';
export { Generation } from './runtime/generation.js';
export type {
  FinishReason,
  GenerationResult,
  PruneReport,
  Timings,
  Trace,
  TracedRow,
} from './runtime/result.js';
export type { SamplingOptions } from './runtime/sampler.js';

// Pictures
export type { ImageMode, PictureInput, PictureOptions } from './runtime/pictures.js';
export { PreparedPicture } from './runtime/pictures.js';
export type { PictureLimits, RgbPicture } from './picture/index.js';
export { DEFAULT_PICTURE_LIMITS, decodePicture, readPicture } from './picture/index.js';

// Text
export type { ChatMessage, ContentPart } from './text/index.js';
export type { PromptTemplate } from './text/index.js';
export { chatTemplatePrompt, llavaV1, namedTemplate, vicunaV1 } from './text/index.js';
export type { Tokenizer } from './text/index.js';

// Backends
export type { Backend } from './runtime/backend.js';
export type { DecoderConfig, ModelConfig, VisionConfig } from './families/model-config.js';
