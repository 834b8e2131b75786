import type { PictureKernels } from '@autoprune/kernels';
import {
  gridSize,
  type ModelConfig,
  type TilingConfig,
  tileTokens,
} from '../families/model-config.js';
import { processAnyres } from '../picture/anyres.js';
import { processClip, processPad } from '../picture/clip-processor.js';
import type { ClipProcessorConfig } from '../picture/clip-processor-config.js';
import { decodePicture } from '../picture/decode-picture.js';
import { paddingMask } from '../picture/padding-mask.js';
import type { RgbPicture } from '../picture/picture.js';
import { toPixelValues } from '../picture/pixel-values.js';
import type { Placement } from '../picture/placement.js';
import { readPicture } from '../picture/read-picture.js';
import type { ModelContext } from './model-context.js';
import { anyresPacking, singleTilePacking, type TokenPacking } from './packing.js';

/** A picture as a caller may give it: a path, the bytes of a file, or pixels. */
export type PictureInput =
  | string
  | { readonly bytes: Uint8Array; readonly name?: string }
  | RgbPicture
  | PreparedPicture;

/** How a picture becomes a square: as the checkpoint says, padded to one, or cut out of its middle. */
export type ImageMode = 'checkpoint' | 'pad' | 'crop';

/** Options of preparing a picture. */
export interface PictureOptions {
  /** Default `checkpoint`. */
  readonly imageMode?: ImageMode | undefined;
  /** LLaVA's own loader: padded, EXIF ignored, 16-bit values clipped. Default false. */
  readonly reference?: boolean | undefined;
  /** Frame of an animated picture, from 0. */
  readonly frame?: number | undefined;
}

/** A picture that is ready for the vision tower; its encoded features are kept for further questions. */
export class PreparedPicture {
  /** Tokens and saliency in prompt order, and signals of the tower by key, once the tower has run for them. */
  encoded:
    | {
        readonly tokens?: Float32Array;
        readonly saliency?: Float32Array;
        /** float32 over the tower's rows, tile after tile, CLS first in each. */
        readonly signals: ReadonlyMap<string, Float32Array>;
      }
    | undefined;

  /** @internal */
  constructor(
    /** The decoded picture. */
    readonly picture: RgbPicture,
    readonly mode: 'pad' | 'crop' | 'anyres',
    /** float32 [tiles, 3, size, size]. */
    readonly pixels: Float32Array,
    readonly tiles: number,
    /** How tokens of the tiles follow one another in the prompt. */
    readonly packing: TokenPacking,
    /** How pixels of the picture map to pixels of the first tile. */
    readonly placement: Placement,
    /** uint8 [tokens of a tile]: 1 where a patch is pure padding, which has no saliency. */
    readonly padding: Uint8Array | undefined,
  ) {}

  /** Visual tokens that the picture becomes. */
  get tokens(): number {
    return this.packing.sources.length;
  }
}

function isPixels(input: PictureInput): input is RgbPicture {
  return typeof input === 'object' && 'data' in input && 'width' in input;
}

async function decode(input: PictureInput, options: PictureOptions): Promise<RgbPicture> {
  if (isPixels(input)) return input;
  const { reference = false, frame } = options;
  const settings = {
    orientation: reference ? ('stored' as const) : ('exif' as const),
    sixteenBit: reference ? ('clip' as const) : ('scale' as const),
    ...(frame === undefined ? {} : { frame }),
  };
  if (typeof input === 'string') return readPicture(input, settings);
  const { bytes, name = 'the picture' } = input as { bytes: Uint8Array; name?: string };
  return decodePicture(bytes, { ...settings, name });
}

/** The mode that `checkpoint` stands for: `image_aspect_ratio`, else what the processor file does. */
function resolveMode(
  { imageMode = 'checkpoint', reference = false }: PictureOptions,
  config: ModelConfig,
): 'pad' | 'crop' | 'anyres' {
  if (imageMode !== 'checkpoint') return imageMode;
  if (config.tiling) return 'anyres';
  return reference || config.imageAspectRatio === 'pad' ? 'pad' : 'crop';
}

/** Pixel values of tiles of one size, one after the other: float32 [tiles, 3, height, width]. */
function tileValues(
  tiles: readonly Uint8Array[],
  processor: ClipProcessorConfig,
  kernels: PictureKernels | undefined,
): Float32Array {
  const size = tiles[0]!.length;
  const values = new Float32Array(tiles.length * size);
  tiles.forEach((tile, index) => {
    toPixelValues(tile, processor, kernels, values.subarray(index * size, (index + 1) * size));
  });
  return values;
}

/** LLaVA-NeXT: the whole picture and a grid of tiles. */
function prepareTiles(
  picture: RgbPicture,
  config: ModelConfig,
  processor: ClipProcessorConfig,
  tiling: TilingConfig,
  reference: boolean,
  kernels: PictureKernels | undefined,
): PreparedPicture {
  // The published AutoPrune has its own choice of a grid, and lays tiles out without unpad and newlines.
  const cut = processAnyres(picture, processor, tiling.resolutions, {
    gridChoice: reference ? 'least-padding' : 'most-pixels',
    kernels,
  });
  const grid = gridSize(config.vision);
  const packing = reference ? 'spatial' : tiling.packing;
  return new PreparedPicture(
    picture,
    'anyres',
    tileValues(cut.tiles, processor, kernels),
    cut.tiles.length,
    anyresPacking(picture, cut.grid, grid, packing),
    cut.placements[0]!,
    undefined,
  );
}

/** What preparing pictures needs of a loaded checkpoint. */
type PictureContext = Pick<ModelContext, 'files' | 'pictureKernels'>;

/**
 * Decodes and processes a picture for a model.
 *
 * @throws PICTURE_* naming the file, the number and the limit
 */
export async function preparePicture(
  { files, pictureKernels: kernels }: PictureContext,
  input: PictureInput,
  options: PictureOptions,
): Promise<PreparedPicture> {
  if (input instanceof PreparedPicture) return input;
  const { config, processor } = files;
  const picture = await decode(input, options);
  const mode = resolveMode(options, config);
  if (mode === 'anyres') {
    const { reference = false } = options;
    return prepareTiles(picture, config, processor, config.tiling!, reference, kernels);
  }
  const process = mode === 'pad' ? processPad : processClip;
  const processed = process(picture, processor, kernels);
  const grid = gridSize(config.vision);
  return new PreparedPicture(
    picture,
    mode,
    toPixelValues(processed.data, processor, kernels),
    1,
    singleTilePacking(tileTokens(config.vision), grid),
    processed.placement,
    mode === 'pad' ? paddingMask(picture.width, picture.height, grid) : undefined,
  );
}

/** Prepares pictures one after another, so that the pixels of one at a time are being decoded. */
export async function preparePictures(
  model: PictureContext,
  inputs: readonly PictureInput[],
  options: PictureOptions,
): Promise<PreparedPicture[]> {
  const prepared: PreparedPicture[] = [];
  for (const input of inputs) prepared.push(await preparePicture(model, input, options));
  return prepared;
}
