import { readFileSync } from 'node:fs';
import { describeGoldens, spread } from '@autoprune/testing';
import { expect } from 'vitest';
import { processAnyres } from './anyres.js';
import { processPad } from './clip-processor.js';
import { parseClipProcessorConfig } from './clip-processor-config.js';
import { decodePicture } from './decode-picture.js';
import { parseGridPinpoints } from './grid-pinpoints.js';
import { paddingMask } from './padding-mask.js';
import { toPixelValues } from './pixel-values.js';

const models = [
  { name: 'tiny8-144', tower: 'tiny-clip-vit-patch14-168' },
  { name: 'tiny32-576', tower: 'tiny-clip-vit-patch14-336' },
  { name: 'tiny8-next', tower: 'tiny-clip-vit-patch14-168' },
];

for (const { name, tower } of models) {
  const tensorFile = `autoprune/traces/${name}.images.safetensors`;
  const configFile = `autoprune/models/${name}/${tower}/preprocessor_config.json`;
  const modelFile = `autoprune/models/${name}/llava/config.json`;
  describeGoldens(
    `autoprune/traces/${name} pictures`,
    [tensorFile, configFile, modelFile],
    (set) => {
      const tensors = set.tensors(tensorFile);
      const model = set.json<{ image_aspect_ratio: string; image_grid_pinpoints: unknown }>(
        modelFile,
      );
      const config = parseClipProcessorConfig(set.json(configFile), configFile);
      const images = [...tensors.keys()]
        .filter((key) => key.endsWith('.pixel_values'))
        .map((key) => key.replace('.pixel_values', ''));
      set.each(
        images,
        (image) => image,
        async (image) => {
          const file = `autoprune/images/${image}.png`;
          const picture = await decodePicture(readFileSync(set.path(file)), { name: file });
          const tiles =
            model.image_aspect_ratio === 'anyres'
              ? processAnyres(
                  picture,
                  config,
                  parseGridPinpoints(model.image_grid_pinpoints, 'width-height', modelFile),
                  { gridChoice: 'least-padding' },
                ).tiles
              : [processPad(picture, config).data];
          const values = Float32Array.from(
            tiles.flatMap((tile) => Array.from(toPixelValues(tile, config))),
          );
          expect(spread(values, tensors.get(`${image}.pixel_values`)!.data)).toBe(0);
          const mask = tensors.get(`${image}.padding_mask`);
          if (!mask) return;
          expect(paddingMask(picture.width, picture.height, mask.shape[0]!)).toEqual(
            new Uint8Array(mask.bytes),
          );
        },
      );
    },
  );
}
