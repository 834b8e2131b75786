// Loading

export type { StoredTensor, TensorTable } from './checkpoint/stored-tensor.js';
export type {
  CheckpointContext,
  FamilyAdapter,
  OpenedCheckpoint,
  WeightSource,
} from './families/family.js';
export type { DecoderConfig, ModelConfig, VisionConfig } from './families/model-config.js';
export { gridSize, tileTokens } from './families/model-config.js';
export type {
  CachedModel,
  Environment,
  FileChoice,
  PulledModel,
  PullOptions,
  PullProgress,
  RetryPolicy,
  Snapshot,
  SnapshotFile,
  Storage,
} from './hub/index.js';
export { hubCacheFolder, listCachedModels, pullModel } from './hub/index.js';
export type { LoadProgress } from './onnx/model-sessions.js';
export type { SessionChoice } from './onnx/session-choice.js';
export { sessionChoice } from './onnx/session-choice.js';
export type { PictureLimits, RgbPicture } from './picture/index.js';
export { DEFAULT_PICTURE_LIMITS, decodePicture, readPicture } from './picture/index.js';
export { cacheFolder } from './precision/cache-folder.js';
export type { ConvertedWeights } from './precision/converted.js';
export { listConverted, removeConverted } from './precision/converted.js';
export type { CacheDtype, Dtype } from './precision/dtype.js';
export { CACHE_DTYPES, DTYPES } from './precision/dtype.js';
export type { MachineProbe, ProbeOptions } from './precision/machine-probe.js';
export { probeMachine } from './precision/machine-probe.js';
export type { DtypeChoice, MemoryEstimate } from './precision/memory.js';
export {
  availableMemory,
  chooseDtype,
  decodeBytes,
  estimateMemory,
  largestPicture,
} from './precision/memory.js';
export type { ConversionProgress } from './precision/weight-store.js';
// Backends
export type {
  AttendRequest,
  Backend,
  CompleteRequest,
  DecodeRequest,
  EncodedTiles,
  LayerCounters,
  SequenceHandle,
} from './runtime/backend.js';
export type { ChatOptions } from './runtime/chat-session.js';
export { ChatSession } from './runtime/chat-session.js';
export type { CheckpointFiles } from './runtime/checkpoint-files.js';
export { readCheckpoint } from './runtime/checkpoint-files.js';
// Answering
export type { GenerateOptions } from './runtime/generate-options.js';
export type { GenerationPart } from './runtime/generation.js';
export { Generation } from './runtime/generation.js';
export { LlavaModel } from './runtime/llava-model.js';
export type {
  DtypeProgress,
  LoadingProgress,
  LoadModelOptions,
  LoadOptions,
} from './runtime/load-model.js';
export { loadModel, loadSyntheticModel } from './runtime/load-model.js';
export type { ModelInfo } from './runtime/model-context.js';
// Pictures
export type { ImageMode, PictureInput, PictureOptions } from './runtime/pictures.js';
export { PreparedPicture } from './runtime/pictures.js';
export type { ResolvedModel } from './runtime/resolve-model.js';
export { resolveModel } from './runtime/resolve-model.js';
export type {
  FinishReason,
  GenerationResult,
  PruneReport,
  Timings,
  Trace,
  TracedRow,
} from './runtime/result.js';
export type { SamplingOptions } from './runtime/sampler.js';
export { SYNTHETIC_MODELS } from './synthetic/shapes.js';
// Text
export type { ChatMessage, ContentPart, PromptTemplate, Tokenizer } from './text/index.js';
export {
  chatTemplatePrompt,
  llavaV1,
  mistralInstruct,
  namedTemplate,
  readPromptTemplate,
  readTemplateFile,
  vicunaV1,
} from './text/index.js';
