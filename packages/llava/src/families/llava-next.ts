import { z } from 'zod';
import { parseJson } from '../checkpoint/read-json.js';
import { parseGridPinpoints } from '../picture/grid-pinpoints.js';
import type { FamilyAdapter } from './family.js';
import { huggingFaceConfig, huggingFaceSchema, huggingFaceWeights } from './hugging-face.js';
import type { ModelConfig } from './model-config.js';

const schema = huggingFaceSchema.extend({
  model_type: z.literal('llava_next'),
  image_grid_pinpoints: z.unknown().optional(),
  use_image_newline_parameter: z.boolean().default(true),
});

/** Published resolutions (height, width) of LLaVA-NeXT, where a file names none. */
const DEFAULT_PINPOINTS = [
  [336, 672],
  [672, 336],
  [672, 672],
  [1008, 336],
  [336, 1008],
];

/** Checkpoints whose decoder is not Vicuna bring their own instruction format. */
function templateOf(modelType: string | undefined): string {
  return modelType?.includes('mistral') ? 'mistral_instruct' : 'vicuna_v1';
}

function readConfig(file: string, text: string): { config: ModelConfig; template: string } {
  const fields = parseJson(file, text, schema);
  const pinpoints = fields.image_grid_pinpoints ?? DEFAULT_PINPOINTS;
  return {
    template: templateOf(fields.text_config.model_type),
    config: {
      family: 'llava-next',
      ...huggingFaceConfig(file, fields),
      imageAspectRatio: 'anyres',
      tiling: {
        resolutions: parseGridPinpoints(pinpoints, 'height-width', file),
        packing: fields.use_image_newline_parameter ? 'unpad' : 'spatial',
      },
    },
  };
}

/** LLaVA-NeXT (1.6) in the Hugging Face layout (`LlavaNextForConditionalGeneration`). */
export const llavaNext: FamilyAdapter = {
  name: 'llava-next',
  matches: (config) => config.model_type === 'llava_next',
  open: async ({ folder, configFile, configText, tensors }) => {
    const { config, template } = readConfig(configFile, configText);
    return {
      config,
      weights: huggingFaceWeights(config, tensors, folder),
      tensors: tensors.values(),
      processorFolder: folder,
      defaultTemplate: template,
    };
  },
};
