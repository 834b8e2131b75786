import { z } from 'zod';
import { parseJson } from '../checkpoint/read-json.js';
import { decoderConfig } from './decoder-schema.js';
import type { FamilyAdapter } from './family.js';
import { DEFAULT_IMAGE_TOKEN, huggingFaceSchema, huggingFaceWeights } from './hugging-face.js';
import type { ModelConfig } from './model-config.js';
import { visionConfig } from './vision-schema.js';

const schema = huggingFaceSchema.extend({ model_type: z.literal('llava') });

function readConfig(file: string, text: string): ModelConfig {
  const fields = parseJson(file, text, schema);
  const dropCls = fields.vision_feature_select_strategy === 'default';
  return {
    family: 'llava-1.5',
    decoder: decoderConfig(
      { file, prefix: 'text_config.' },
      fields.text_config,
      fields.tie_word_embeddings,
    ),
    vision: visionConfig(file, fields.vision_config, fields.vision_feature_layer, dropCls),
    projectorBias: fields.multimodal_projector_bias,
    imageTokenId: fields.image_token_index ?? fields.image_token_id ?? DEFAULT_IMAGE_TOKEN,
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
