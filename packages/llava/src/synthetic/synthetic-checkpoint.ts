import { join } from 'node:path';
import { readValues } from '../checkpoint/read-values.js';
import type { ModelConfig } from '../families/model-config.js';
import { parseClipProcessorConfig } from '../picture/clip-processor-config.js';
import type { QuantizedDtype } from '../precision/dtype.js';
import { FileHashes } from '../precision/file-hashes.js';
import { type ModelPart, madeTensor } from '../precision/model-parts.js';
import {
  type ModelWeights,
  type QuantizeOptions,
  storedWeights,
  wantedParts,
} from '../precision/quantized-weights.js';
import { openStore, storeFolder, type WantedPart } from '../precision/weight-store.js';
import type { CheckpointFiles } from '../runtime/checkpoint-files.js';
import { randomPieces } from './random-values.js';
import { syntheticShape } from './shapes.js';
import { wordTokenizer } from './word-tokenizer.js';

/** A model of a published shape with random weights. */
export interface SyntheticCheckpoint {
  readonly files: CheckpointFiles;
  readonly weights: ModelWeights;
}

/** The embedding table and the newline, which real checkpoints keep in their own files. */
function embeddingPart({ decoder }: ModelConfig): ModelPart {
  const { vocabularySize, hiddenSize } = decoder;
  return {
    name: 'embedding',
    tensors: [
      madeTensor('embed_tokens', [vocabularySize, hiddenSize], false),
      madeTensor('image_newline', [hiddenSize], false),
    ],
  };
}

/**
 * Makes a model of a published shape with random weights, or finds it in the cache: the weights are written directly in
 * the precision asked for, part by part, and are the same in every run.
 *
 * @param name  one of `SYNTHETIC_MODELS`
 * @throws ARGUMENT_INVALID for an unknown name, CACHE_FAILED; the signal's reason on abort
 */
export async function syntheticCheckpoint(
  name: string,
  dtype: QuantizedDtype,
  options: QuantizeOptions,
): Promise<SyntheticCheckpoint> {
  const config = syntheticShape(name);
  const { decoder, vision } = config;
  const embedding: WantedPart = {
    part: embeddingPart(config),
    scheme: { matrices: 'int8', int8Range: options.int8Range },
  };
  const wanted = [...wantedParts(config, dtype, options.int8Range), embedding];
  const { maxPositions: _, ropeTheta: __, ...shape } = decoder;
  const folder = storeFolder(options.cache, { synthetic: 1, decoder: shape, vision });
  const opened = await openStore(folder, wanted, {
    ...options,
    hashes: new FileHashes(join(options.cache, 'hashes.json')),
    label: `random weights of the shape of ${name}`,
    fill: (tensor, scheme, part) => Promise.resolve(randomPieces(part, tensor, scheme)),
  });
  const tables = opened.at(-1)!;
  const original = {
    decoder: () => tables.get('embed_tokens')!,
    newline: () => tables.get('image_newline')!,
  };
  const weights = storedWeights(original, dtype, wanted, opened);
  const { imageSize } = vision;
  const files: CheckpointFiles = {
    folder,
    config,
    weights: weights.prefill,
    tensors: [],
    newline: config.tiling ? await readValues(original.newline()) : undefined,
    tokenizer: wordTokenizer(decoder.vocabularySize, config.imageTokenId),
    processor: parseClipProcessorConfig({ size: imageSize, crop_size: imageSize }, name),
    chatTemplate: undefined,
    defaultTemplate: 'vicuna_v1',
    // Random logits would end an answer at random.
    eosTokenIds: [],
  };
  return { files, weights };
}
