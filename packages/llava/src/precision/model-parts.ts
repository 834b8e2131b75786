import type { StoredTensor } from '../checkpoint/stored-tensor.js';
import type { WeightSource } from '../families/family.js';
import { gridSize, type ModelConfig } from '../families/model-config.js';
import type { MatrixScheme, Precision } from './dtype.js';

/** One tensor of a part, by the name that a {@link WeightSource} is asked for. */
export interface PartTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Matrices of linear layers may be quantized; everything else stays as it is. */
  readonly matrix: boolean;
  find(weights: WeightSource): StoredTensor;
}

/** Weights that are loaded together and, once quantized, kept in one file. */
export interface ModelPart {
  /** `vision`, `projector`, `layer-00` … or `head`. */
  readonly name: string;
  readonly tensors: readonly PartTensor[];
}

/** A tensor of weights that are made and come from no checkpoint. */
export function madeTensor(name: string, shape: readonly number[], matrix: boolean): PartTensor {
  const find = (): never => {
    throw new Error(`${name} is made, not read from a checkpoint`);
  };
  return { name, shape, matrix, find };
}

/** Name of the part that holds decoder layer `layer`. */
export const layerPart = (layer: number): string => `layer-${String(layer).padStart(2, '0')}`;

/** Every part of a model but its embedding table, which is read row by row from the checkpoint itself. */
export function modelParts(config: ModelConfig): ModelPart[] {
  return [
    { name: 'vision', tensors: visionTensors(config) },
    { name: 'projector', tensors: projectorTensors(config) },
    ...Array.from({ length: config.decoder.layers }, (_, layer) => ({
      name: layerPart(layer),
      tensors: layerTensors(config, layer),
    })),
    { name: 'head', tensors: headTensors(config) },
  ];
}

/** How the matrices of a part are held: usually in one way, in two where prefill and decoding differ. */
export function partSchemes(part: string, precision: Precision): MatrixScheme[] {
  if (part === 'head') return [precision.head];
  if (part === 'vision' || part === 'projector') return [precision.vision];
  return [...new Set([precision.prefill, precision.decode])];
}

function visionTensors({ vision }: ModelConfig): PartTensor[] {
  const { hiddenSize: width, intermediateSize, patchSize, featureBlock } = vision;
  const tensor = (name: string, shape: readonly number[], matrix = false): PartTensor => ({
    name,
    shape,
    matrix,
    find: (weights) => weights.vision(name, shape),
  });
  const norm = (name: string): PartTensor[] => [
    tensor(`${name}.weight`, [width]),
    tensor(`${name}.bias`, [width]),
  ];
  const linear = (name: string, out: number, inputs: number): PartTensor[] => [
    tensor(`${name}.weight`, [out, inputs], true),
    tensor(`${name}.bias`, [out]),
  ];
  const block = (index: number): PartTensor[] => {
    const name = `encoder.layers.${index}`;
    return [
      ...norm(`${name}.layer_norm1`),
      ...['q_proj', 'k_proj', 'v_proj', 'out_proj'].flatMap((part) =>
        linear(`${name}.self_attn.${part}`, width, width),
      ),
      ...norm(`${name}.layer_norm2`),
      ...linear(`${name}.mlp.fc1`, intermediateSize, width),
      ...linear(`${name}.mlp.fc2`, width, intermediateSize),
    ];
  };
  return [
    tensor('embeddings.patch_embedding.weight', [width, 3, patchSize, patchSize]),
    tensor('embeddings.class_embedding', [width]),
    tensor('embeddings.position_embedding.weight', [gridSize(vision) ** 2 + 1, width]),
    ...norm('pre_layrnorm'),
    ...Array.from({ length: featureBlock + 1 }, (_, index) => block(index)).flat(),
  ];
}

function projectorTensors({ vision, decoder, projectorBias }: ModelConfig): PartTensor[] {
  const tensor = (name: string, shape: readonly number[], matrix = false): PartTensor => ({
    name,
    shape,
    matrix,
    find: (weights) => weights.projector(name, shape),
  });
  const width = decoder.hiddenSize;
  return [
    { layer: 'linear_1', inputs: vision.hiddenSize },
    { layer: 'linear_2', inputs: width },
  ].flatMap(({ layer, inputs }) => [
    tensor(`${layer}.weight`, [width, inputs], true),
    ...(projectorBias ? [tensor(`${layer}.bias`, [width])] : []),
  ]);
}

/** Tensors of decoder layer `layer`, in the order that a token needs them. */
export function layerTensors({ decoder }: ModelConfig, layer: number): PartTensor[] {
  const { hiddenSize: width, intermediateSize, heads, keyValueHeads, headSize } = decoder;
  const tensor = (name: string, ...shape: number[]): PartTensor => ({
    name,
    shape,
    matrix: shape.length === 2,
    find: (weights) => weights.decoderLayer(layer, name, shape),
  });
  return [
    tensor('input_layernorm', width),
    tensor('self_attn.q_proj', heads * headSize, width),
    tensor('self_attn.k_proj', keyValueHeads * headSize, width),
    tensor('self_attn.v_proj', keyValueHeads * headSize, width),
    tensor('self_attn.o_proj', width, heads * headSize),
    tensor('post_attention_layernorm', width),
    tensor('mlp.gate_proj', intermediateSize, width),
    tensor('mlp.up_proj', intermediateSize, width),
    tensor('mlp.down_proj', width, intermediateSize),
  ];
}

function headTensors({ decoder }: ModelConfig): PartTensor[] {
  const { hiddenSize, vocabularySize } = decoder;
  const tensor = (name: 'norm' | 'lm_head', shape: readonly number[]): PartTensor => ({
    name,
    shape,
    matrix: name === 'lm_head',
    find: (weights) => weights.decoder(name, shape),
  });
  return [tensor('norm', [hiddenSize]), tensor('lm_head', [vocabularySize, hiddenSize])];
}
