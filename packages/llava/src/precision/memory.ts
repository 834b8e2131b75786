import { freemem } from 'node:os';
import { AutopruneError } from '@autoprune/core';
import { elementCount } from '../checkpoint/stored-tensor.js';
import { gridSize, type ModelConfig, tileTokens } from '../families/model-config.js';
import { type CacheDtype, DTYPES, type Dtype, type MatrixScheme, PRECISIONS } from './dtype.js';
import { gigabytes } from './gigabytes.js';
import { modelParts, type PartTensor, partSchemes } from './model-parts.js';
import { INT4_BLOCK, int4Blocks } from './quantize.js';

/** What reading one prompt is expected to need. */
export interface MemoryEstimate {
  /** Weights as they are held, in bytes. */
  readonly weights: number;
  /** Keys and values of the prompt, in bytes. */
  readonly cache: number;
  /** Largest resident set while an unpruned prompt is read and answered, in bytes. */
  readonly peak: number;
}

/** Text rows that an estimate allows for. */
const TEXT_ROWS = 128;
/** The process without a model. */
const PROCESS_BYTES = 150e6;
/** Room that caches have for the answer. */
const CACHE_GROWTH = 1.08;
/** Arrays of past layers that wait for the garbage collector: so many times the cache, until it is made to run. */
const WAITING = 1.7;
const MOST_WAITING = 1.1e9;

/** Visual tokens of the largest prompt with one picture. */
export function largestPicture(config: ModelConfig): number {
  const { tiling, vision } = config;
  const tile = tileTokens(vision);
  if (!tiling) return tile;
  const grid = gridSize(vision);
  const tokens = tiling.resolutions.map(({ width, height }) => {
    const rows = (height / vision.imageSize) * grid;
    const columns = (width / vision.imageSize) * grid;
    return tile + rows * (columns + (tiling.packing === 'unpad' ? 1 : 0));
  });
  return Math.max(tile, ...tokens);
}

/** The library keeps the scales of 4-bit weights as they came, in its own order, and as sums of blocks. */
const HELD_SCALES = 3;

function tensorBytes(
  { shape, matrix }: PartTensor,
  scheme: MatrixScheme,
  scaleCopies: number,
): number {
  const values = elementCount(shape);
  if (!matrix || scheme === 'float') return 4 * values;
  const [outputs, inputs] = shape as [number, number];
  if (scheme === 'int8') return values + 4 * outputs;
  const blocks = outputs * int4Blocks(inputs);
  return (blocks * INT4_BLOCK) / 2 + scaleCopies * 4 * blocks;
}

/**
 * Memory that a model takes in a precision, without reading a weight; within a tenth of what is measured
 * (docs/real-models.md).
 *
 * @param rows  rows of the prompt; default: the largest picture and some text
 * @param cacheDtype  as `LoadOptions.cacheDtype`
 */
export function estimateMemory(
  config: ModelConfig,
  dtype: Dtype,
  rows: number = largestPicture(config) + TEXT_ROWS,
  cacheDtype: CacheDtype = 'fp32',
): MemoryEstimate {
  const { decoder } = config;
  const weights = modelParts(config)
    .flatMap((part) =>
      partSchemes(part.name, PRECISIONS[dtype]).flatMap((scheme) =>
        part.tensors.map((tensor) => tensorBytes(tensor, scheme, HELD_SCALES)),
      ),
    )
    .reduce((sum, bytes) => sum + bytes, 0);
  const values = 2 * decoder.keyValueHeads * decoder.headSize * decoder.layers * rows;
  const cache = values * bytesOfValue(cacheDtype, decoder.headSize);
  const waiting = Math.min(MOST_WAITING, WAITING * 4 * values);
  const peak = PROCESS_BYTES + weights + CACHE_GROWTH * cache + waiting;
  return { weights, cache, peak };
}

/** Bytes of one key or value in a cache, with its part of the scale of a row. */
function bytesOfValue(cacheDtype: CacheDtype, headSize: number): number {
  if (cacheDtype === 'int8') return 1 + 4 / headSize;
  return cacheDtype === 'fp16' ? 2 : 4;
}

/** Bytes of weights that every token of an answer reads. */
export function decodeBytes(config: ModelConfig, dtype: Dtype): number {
  const { decode, head } = PRECISIONS[dtype];
  return modelParts(config)
    .filter(({ name }) => name === 'head' || name.startsWith('layer-'))
    .flatMap(({ name, tensors }) =>
      tensors.map((tensor) => tensorBytes(tensor, name === 'head' ? head : decode, 1)),
    )
    .reduce((sum, bytes) => sum + bytes, 0);
}

/** Models up to this size run as they are: converting them would save nothing worth having. */
const SMALL_PEAK = 2e9;
/** What is left to the rest of the machine, and to the files that the weights are read from. */
const SPARE = 0.15;

/** Bytes that the process may still take, as far as the system says. */
export function availableMemory(): number {
  return process.availableMemory?.() ?? freemem();
}

/** A precision, and why. */
export interface DtypeChoice {
  readonly dtype: Dtype;
  readonly estimate: MemoryEstimate;
  /** One sentence for people. */
  readonly reason: string;
}

/**
 * The fastest precision that fits: small models stay in float32, others run in `mixed`, `int8` or `int4`.
 *
 * @param available  bytes that the process may still take
 * @param cacheDtype  as `LoadOptions.cacheDtype`
 * @throws OUT_OF_MEMORY when none fits, with what the smallest needs
 */
export function chooseDtype(
  config: ModelConfig,
  available: number,
  cacheDtype?: CacheDtype,
): DtypeChoice {
  const limit = (1 - SPARE) * available;
  const estimated = (dtype: Dtype): MemoryEstimate =>
    estimateMemory(config, dtype, undefined, cacheDtype);
  const small = estimated('fp32');
  if (small.peak <= Math.min(SMALL_PEAK, limit)) {
    return { dtype: 'fp32', estimate: small, reason: `fp32: needs ${gigabytes(small.peak)} only` };
  }
  for (const dtype of ['mixed', 'int8', 'int4'] as const) {
    const estimate = estimated(dtype);
    if (estimate.peak > limit) continue;
    const reason = `${dtype}: the fastest that fits, about ${gigabytes(estimate.peak)} of ${gigabytes(available)} available`;
    return { dtype, estimate, reason };
  }
  throw tooLarge('int4', estimated('int4').peak, available);
}

/**
 * Refuses what cannot fit, before anything is loaded.
 *
 * @throws OUT_OF_MEMORY with both numbers and what would fit
 */
export function requireMemory(
  config: ModelConfig,
  dtype: Dtype,
  available: number,
  cacheDtype?: CacheDtype,
): void {
  const peakOf = (one: Dtype): number => estimateMemory(config, one, undefined, cacheDtype).peak;
  const peak = peakOf(dtype);
  if (peak <= available) return;
  const fitting = DTYPES.find((other) => peakOf(other) <= available);
  throw tooLarge(dtype, peak, available, fitting);
}

function tooLarge(dtype: Dtype, peak: number, available: number, fitting?: Dtype): AutopruneError {
  const step = fitting
    ? `--dtype ${fitting} fits`
    : 'close other programs or take a smaller checkpoint';
  return new AutopruneError(
    'OUT_OF_MEMORY',
    `The model needs about ${gigabytes(peak)} of memory in ${dtype} but ${gigabytes(available)} are available; ${step}`,
    { dtype, needed: peak, available },
  );
}
