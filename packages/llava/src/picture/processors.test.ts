import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describeGoldens, type GoldenSet } from '@autoprune/testing';
import { expect } from 'vitest';
import { processAnyres } from './anyres.js';
import { processClip, processPad } from './clip-processor.js';
import { type ClipProcessorConfig, parseClipProcessorConfig } from './clip-processor-config.js';
import { decodePicture } from './decode-picture.js';
import type { RgbPicture } from './picture.js';
import { pixelLookup, toPixelValues } from './pixel-values.js';

interface Result {
  image: string;
  variant: 'as_stored' | 'exif_transposed';
  width: number;
  height: number;
  shape: number[];
  pixel_values_sha256: string;
  u8_sha256: string;
}

interface ResultFile {
  class: string;
  mode: string;
  config: unknown;
  results: Result[];
}

const IMAGES = 'models/images/images.json';
const digest = (parts: readonly (Uint8Array | Float32Array)[]) => {
  const hash = createHash('sha256');
  for (const part of parts)
    hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  return hash.digest('hex');
};

/** The picture as Pillow sees it: through the lossless copy, so that no decoder's rounding gets in. */
async function goldenPicture(set: GoldenSet, file: string, exif: boolean): Promise<RgbPicture> {
  const { images } = set.json<{ images: { file: string; decoded: string }[] }>(IMAGES);
  const { decoded } = images.find((image) => image.file === file)!;
  const path = set.path(`models/images/${exif ? file : decoded}`);
  return decodePicture(readFileSync(path), {
    name: file,
    orientation: exif ? 'exif' : 'stored',
    limits: { minSide: 1 },
  });
}

function tilesOf(
  picture: RgbPicture,
  config: ClipProcessorConfig,
  kind: string,
): readonly Uint8Array[] {
  if (kind === 'anyres') return processAnyres(picture, config, config.imageGridPinpoints!).tiles;
  return [(kind === 'pad' ? processPad : processClip)(picture, config).data];
}

for (const name of [
  'clip336',
  'clip168',
  'llava_pad336',
  'llava_pad168',
  'llava_next336',
  'llava_next56',
]) {
  const file = `models/processors/${name}/results.json`;
  describeGoldens(`models/processors/${name}`, [file, IMAGES], (set) => {
    const golden = set.json<ResultFile>(file);
    const config = parseClipProcessorConfig(golden.config, file);
    const kind = golden.class === 'LlavaNextImageProcessor' ? 'anyres' : golden.mode;
    set.each(
      golden.results,
      (one) => `${one.image}, ${one.variant}`,
      async (one) => {
        const exif = one.variant === 'exif_transposed';
        const picture = await goldenPicture(set, one.image, exif);
        expect([picture.width, picture.height]).toEqual([one.width, one.height]);
        const tiles = tilesOf(picture, config, kind);
        expect(tiles.reduce((sum, tile) => sum + tile.length, 0)).toBe(
          one.shape.reduce((product, length) => product * length, 1),
        );
        expect(digest(tiles)).toBe(one.u8_sha256);
        const values = tiles.map((tile) => toPixelValues(tile, config));
        expect(digest(values)).toBe(one.pixel_values_sha256);
      },
    );
  });
}

describeGoldens('models/processors/lut', ['models/processors/lut.safetensors'], (set) => {
  const sets = [
    { name: 'clip', json: {} },
    {
      name: 'imagenet',
      json: { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] },
    },
    { name: 'half', json: { image_mean: 0.5, image_std: 0.5 } },
  ];
  set.each(
    sets,
    (one) => one.name,
    (one) => {
      const table = set.tensors('models/processors/lut.safetensors').get(one.name)!.data;
      expect(pixelLookup(parseClipProcessorConfig(one.json, 'lut'))).toEqual(table);
    },
  );
});

interface Run {
  run: string;
  images: string[];
  pixel_values_sha256?: string;
}

for (const checkpoint of [
  'llava15_old_fp16_sharded',
  'llava15_new_fp32',
  'llava15_bin',
  'llava_next_vicuna_bf16',
  'llava_next_mistral_fp16',
]) {
  const runsFile = `models/runs/${checkpoint}/runs.json`;
  const configFile = `models/checkpoints/${checkpoint}/preprocessor_config.json`;
  describeGoldens(
    `models/runs/${checkpoint} pixel values`,
    [runsFile, configFile, IMAGES],
    (set) => {
      const config = parseClipProcessorConfig(set.json(configFile), configFile);
      const kind = config.imageGridPinpoints ? 'anyres' : 'plain';
      const { runs } = set.json<{ runs: Run[] }>(runsFile);
      set.each(
        // A batch of two pictures is padded to the same number of tiles; that is the runtime's business.
        runs.filter((one) => one.images?.length === 1),
        (one) => `${one.run}, ${one.images[0]}`,
        async (one) => {
          const picture = await goldenPicture(set, one.images[0]!, false);
          const tiles = tilesOf(picture, config, kind);
          expect(digest(tiles.map((tile) => toPixelValues(tile, config)))).toBe(
            one.pixel_values_sha256,
          );
        },
      );
    },
  );
}
