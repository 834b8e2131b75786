import {
  createPruner,
  type DecoderGeometry,
  type Method,
  type MethodChoice,
  type Pruner,
  type TowerShape,
  type VisionGeometry,
} from '@autoprune/core';
import { composeMethods, parseMethods } from '@autoprune/core/compose';
import type { Kernels, PictureKernels } from '@autoprune/kernels';
import { gridSize, type ModelConfig } from '../families/model-config.js';
import type { CacheDtype } from '../precision/dtype.js';
import type { PromptTemplate } from '../text/prompt-template.js';
import type { Backend } from './backend.js';
import type { CheckpointFiles } from './checkpoint-files.js';
import type { GenerateOptions } from './generate-options.js';

/** What a loaded model says about itself. */
export interface ModelInfo {
  readonly id: string;
  readonly folder: string;
  readonly family: string;
  readonly dtype: string;
  /** How keys and values are held while an answer is written. */
  readonly cacheDtype: CacheDtype;
  readonly backend: string;
  readonly kernels: string;
  readonly loadMs: number;
}

/** What answering needs of a loaded checkpoint. */
export interface ModelContext {
  readonly info: ModelInfo;
  readonly files: CheckpointFiles;
  /** The template that questions are put in by default. */
  readonly template: PromptTemplate;
  readonly backend: Backend;
  readonly kernels: Kernels;
  /** Undefined where pictures are made in TypeScript. */
  readonly pictureKernels?: PictureKernels | undefined;
}

/** Shape of the decoder, for schedules and prices. */
export function decoderGeometry({ decoder }: ModelConfig): DecoderGeometry {
  return {
    layers: decoder.layers,
    heads: decoder.heads,
    keyValueHeads: decoder.keyValueHeads,
    hiddenSize: decoder.hiddenSize,
    intermediateSize: decoder.intermediateSize,
    headSize: decoder.headSize,
    vocabularySize: decoder.vocabularySize,
  };
}

/** Shape of the tower and the projector, for prices. */
export function visionGeometry({ vision, decoder }: ModelConfig): VisionGeometry {
  const width = decoder.hiddenSize;
  return {
    blocks: vision.featureBlock + 1,
    hiddenSize: vision.hiddenSize,
    intermediateSize: vision.intermediateSize,
    rows: gridSize(vision) ** 2 + 1,
    patchValues: 3 * vision.patchSize ** 2,
    projectorMultiplyAdds: vision.hiddenSize * width + width * width,
  };
}

/** Shape of the tower, for methods that look into it. */
export function towerShape({ vision }: ModelConfig): TowerShape {
  const { blocks, featureBlock, heads } = vision;
  return { blocks, featureBlock, heads, columns: gridSize(vision), classToken: true };
}

/** One method of the names, objects or choices that the options may give. */
function methodOf({ method = 'none' }: GenerateOptions): Method | readonly MethodChoice[] {
  if (typeof method === 'string') return parseMethods(method);
  if (Array.isArray(method) && method.length > 1) {
    return composeMethods(method as readonly MethodChoice[]);
  }
  return method as Method | readonly MethodChoice[];
}

/** The pruner that the options of an answer ask for. */
export function prunerOf(options: GenerateOptions): Pruner {
  const { parameters, budget, reference, seed } = options;
  return createPruner({
    method: methodOf(options),
    ...(parameters ? { parameters } : {}),
    ...(budget ? { budget } : {}),
    ...(reference === undefined ? {} : { reference }),
    ...(seed === undefined ? {} : { seed }),
  });
}
