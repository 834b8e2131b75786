import {
  availableKernels,
  type DecoderLayerFile,
  type NativeHandle,
  type OnnxRuntimeAddon,
} from '@autoprune/kernels';
import type { StoredTensor } from '../checkpoint/stored-tensor.js';
import type { WeightSource } from '../families/family.js';
import type { DecoderConfig, ModelConfig } from '../families/model-config.js';
import { layerTensors } from '../precision/model-parts.js';
import { sessionFailure } from './session.js';

/** The decoder's layers over 4-bit weights as their files hold them, for tokens of an answer. */
export class NativeDecoder {
  private releasing: Promise<void> | undefined;

  private constructor(
    private readonly addon: OnnxRuntimeAddon,
    readonly handle: NativeHandle,
  ) {}

  /**
   * @param weights  decoder layers in 4 bits
   * @throws BACKEND_FAILED where a file cannot be read
   */
  static async create(
    addon: OnnxRuntimeAddon,
    config: ModelConfig,
    weights: WeightSource,
    threads: number,
  ): Promise<NativeDecoder> {
    const { layers, hiddenSize, intermediateSize, heads, keyValueHeads, headSize, normEpsilon } =
      config.decoder;
    const files = Array.from({ length: layers }, (_, layer) => layerFile(config, layer, weights));
    const extents = [hiddenSize, intermediateSize, heads, keyValueHeads, headSize] as const;
    try {
      const shape = [...extents, normEpsilon] as const;
      const handle = await addon.createDecoder(shape, files, threads, instructionSet());
      return new NativeDecoder(addon, handle);
    } catch (cause) {
      throw sessionFailure('could not load the decoder', cause);
    }
  }

  release(): Promise<void> {
    this.releasing ??= this.addon.releaseDecoder(this.handle);
    return this.releasing;
  }
}

/** The instruction set that kernels were asked for, else the best. */
function instructionSet(): string | undefined {
  const paths = availableKernels();
  return paths.find((path) => path === process.env.AUTOPRUNE_KERNELS) ?? paths[0];
}

/** Whether the addon's decoder takes these weights, and is faster than onnxruntime, which it is not without vectors of its own. */
export function suitsNativeDecoder(decoder: DecoderConfig, weights: WeightSource): boolean {
  const { heads, headSize, hiddenSize } = decoder;
  const query = weights.decoderLayer(0, 'self_attn.q_proj', [heads * headSize, hiddenSize]);
  return (
    query.quantization?.scheme === 'int4' && headSize % 2 === 0 && instructionSet() !== 'portable'
  );
}

function layerFile(config: ModelConfig, layer: number, weights: WeightSource): DecoderLayerFile {
  // The order of the tensors of a part is that of `DecoderLayerFile`.
  const tensors = layerTensors(config, layer).map(({ find }) => find(weights));
  const arrays = tensors.flatMap((tensor): StoredTensor[] =>
    tensor.quantization ? [tensor, tensor.quantization.scales] : [tensor],
  );
  return [arrays[0]!.file, arrays.map(({ offset }) => offset)];
}
