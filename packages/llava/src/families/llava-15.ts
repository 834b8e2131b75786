import { z } from 'zod';
import { parseJson } from '../checkpoint/read-json.js';
import type { FamilyAdapter } from './family.js';
import { huggingFaceConfig, huggingFaceSchema, huggingFaceWeights } from './hugging-face.js';
import type { ModelConfig } from './model-config.js';

const schema = huggingFaceSchema.extend({ model_type: z.literal('llava') });

function readConfig(file: string, text: string): ModelConfig {
  const fields = parseJson(file, text, schema);
  return {
    family: 'llava-1.5',
    ...huggingFaceConfig(file, fields),
    ...(fields.image_aspect_ratio ? { imageAspectRatio: fields.image_aspect_ratio } : {}),
  };
}

/** LLaVA-1.5 in the Hugging Face layout (`LlavaForConditionalGeneration`). */
export const llava15: FamilyAdapter = {
  name: 'llava-1.5',
  matches: (config) => config.model_type === 'llava' && !('mm_vision_tower' in config),
  open: async ({ folder, configFile, configText, tensors }) => {
    const config = readConfig(configFile, configText);
    return {
      config,
      weights: huggingFaceWeights(config, tensors, folder),
      tensors: tensors.values(),
      processorFolder: folder,
      defaultTemplate: 'vicuna_v1',
    };
  },
};
