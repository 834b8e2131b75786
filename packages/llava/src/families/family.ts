import type { StoredTensor, TensorTable } from '../checkpoint/stored-tensor.js';
import type { ModelConfig } from './model-config.js';

/** Weights by the part of the model that uses them; each function throws when a tensor is missing or misshapen. */
export interface WeightSource {
  /** `input_layernorm`, `self_attn.q_proj`, `mlp.down_proj`, … of decoder layer `layer`; `.weight` is implied. */
  decoderLayer(layer: number, part: string, shape: readonly number[]): StoredTensor;
  /** `embed_tokens`, `norm` or `lm_head`. */
  decoder(part: 'embed_tokens' | 'norm' | 'lm_head', shape: readonly number[]): StoredTensor;
  /** A tensor of the tower below `vision_model.`, full name. */
  vision(name: string, shape: readonly number[]): StoredTensor;
  /** `linear_1.weight`, `linear_1.bias`, `linear_2.weight`, `linear_2.bias`. */
  projector(name: string, shape: readonly number[]): StoredTensor;
  /** The embedding that ends a row of tiles; only where the tiling packs with newlines. */
  newline(shape: readonly number[]): StoredTensor;
}

/** A checkpoint folder whose `config.json` was read. */
export interface CheckpointContext {
  readonly folder: string;
  readonly configFile: string;
  readonly configText: string;
  /** Tensors of the folder's own weight files. */
  readonly tensors: TensorTable;
  /**
   * The folder of a vision tower that the checkpoint names but does not hold.
   *
   * @throws CHECKPOINT_NOT_FOUND naming the id and where it was looked for
   */
  findTower(reference: string): Promise<string>;
}

/** A checkpoint that its family understands. */
export interface OpenedCheckpoint {
  readonly config: ModelConfig;
  readonly weights: WeightSource;
  /** All tensors that `weights` may name, from every folder. */
  readonly tensors: Iterable<StoredTensor>;
  /** Folder whose `preprocessor_config.json` says how pictures are resized. */
  readonly processorFolder: string;
  /** Name of the prompt template where the checkpoint brings none. */
  readonly defaultTemplate: string;
}

/**
 * How the names, shapes, prompts, tiles and positions of one family of checkpoints map onto the common
 * runtime: a table and a few small functions.
 */
export interface FamilyAdapter {
  readonly name: string;
  /** Whether `config.json` belongs to this family. */
  matches(config: Readonly<Record<string, unknown>>): boolean;
  /** @throws CHECKPOINT_INVALID naming the file and the field, TENSOR_MISSING or TENSOR_SHAPE */
  open(context: CheckpointContext): Promise<OpenedCheckpoint>;
}
