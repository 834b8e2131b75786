import { join } from 'node:path';
import type { StoredTensor } from '../checkpoint/stored-tensor.js';
import type { WeightSource } from '../families/family.js';
import type { ModelConfig } from '../families/model-config.js';
import { type MatrixScheme, PRECISIONS, type QuantizedDtype } from './dtype.js';
import { FileHashes } from './file-hashes.js';
import { layerPart, modelParts, partSchemes } from './model-parts.js';
import type { PartScheme } from './part-file.js';
import type { Int8Range } from './quantize.js';
import { floatValues, quantizeTensor } from './quantize-tensor.js';
import {
  type ConversionProgress,
  openStore,
  type PartTensors,
  storeFolder,
  type WantedPart,
} from './weight-store.js';

/** The weights of a model by use. */
export interface ModelWeights {
  /** For everything but decoding. */
  readonly prefill: WeightSource;
  /** For decoding, where it uses a copy of its own. */
  readonly decode: WeightSource | undefined;
}

/** Options of opening weights in a quantized precision. */
export interface QuantizeOptions {
  /** Folder of what is made once, see `cacheFolder`. */
  readonly cache: string;
  readonly int8Range: Int8Range;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ConversionProgress) => void) | undefined;
}

/** What is quantized. */
export interface QuantizableCheckpoint {
  readonly folder: string;
  readonly config: ModelConfig;
  readonly weights: WeightSource;
  readonly tensors: readonly StoredTensor[];
}

/** Every file that a precision needs. */
export function wantedParts(
  config: ModelConfig,
  dtype: QuantizedDtype,
  int8Range: Int8Range,
): WantedPart[] {
  return modelParts(config).flatMap((part) =>
    partSchemes(part.name, PRECISIONS[dtype]).map((matrices) => ({
      part,
      scheme: { matrices: matrices as PartScheme['matrices'], int8Range },
    })),
  );
}

/**
 * The weights of a checkpoint in a quantized precision, from the cache, or made and kept there.
 *
 * @throws CACHE_FAILED, or CHECKPOINT_INVALID for weights that are not finite; the signal's reason on abort
 */
export async function quantizedWeights(
  checkpoint: QuantizableCheckpoint,
  dtype: QuantizedDtype,
  options: QuantizeOptions,
): Promise<ModelWeights> {
  const { config, weights, tensors, folder } = checkpoint;
  const { cache, int8Range, signal, onProgress } = options;
  const hashes = new FileHashes(join(cache, 'hashes.json'));
  const files = [...new Set(tensors.map(({ file }) => file))];
  const sources: string[] = [];
  for (const file of files) sources.push(await hashes.of(file, signal));
  const key = { sources, decoder: config.decoder, vision: config.vision };
  const wanted = wantedParts(config, dtype, int8Range);
  const opened = await openStore(storeFolder(cache, key), wanted, {
    hashes,
    label: folder,
    fill: async (tensor, scheme) => {
      const source = tensor.find(weights);
      return tensor.matrix ? quantizeTensor(source, scheme, signal) : [await floatValues(source)];
    },
    signal,
    onProgress,
  });
  return storedWeights(weights, dtype, wanted, opened);
}

/** Sources over the opened parts of a store; the embedding table and the newline stay where they are. */
export function storedWeights(
  original: Pick<WeightSource, 'decoder' | 'newline'>,
  dtype: QuantizedDtype,
  wanted: readonly WantedPart[],
  opened: readonly PartTensors[],
): ModelWeights {
  const { prefill, decode, vision, head } = PRECISIONS[dtype];
  const tensorsOf = (name: string, matrices: MatrixScheme): PartTensors =>
    opened[
      wanted.findIndex(({ part, scheme }) => part.name === name && scheme.matrices === matrices)
    ]!;
  const source = (layers: MatrixScheme): WeightSource => ({
    decoderLayer: (layer, part) => tensorsOf(layerPart(layer), layers).get(part)!,
    decoder: (part, shape) =>
      part === 'embed_tokens' ? original.decoder(part, shape) : tensorsOf('head', head).get(part)!,
    vision: (name) => tensorsOf('vision', vision).get(name)!,
    projector: (name) => tensorsOf('projector', vision).get(name)!,
    newline: (shape) => original.newline(shape),
  });
  return {
    prefill: source(prefill),
    decode: decode === prefill ? undefined : source(decode),
  };
}
