import { join } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import { z } from 'zod';
import { parseJson, readTextIfPresent } from '../checkpoint/read-json.js';
import { requireTensor, type TensorTable } from '../checkpoint/stored-tensor.js';
import { readWeightTable } from '../checkpoint/weights.js';
import { parseGridPinpoints } from '../picture/grid-pinpoints.js';
import { decoderConfig, decoderSchema, sizeSchema } from './decoder-schema.js';
import type { FamilyAdapter, WeightSource } from './family.js';
import type { ModelConfig } from './model-config.js';
import { visionConfig, visionSchema } from './vision-schema.js';

const schema = decoderSchema.extend({
  mm_vision_tower: z.string().min(1),
  mm_hidden_size: sizeSchema.optional(),
  mm_projector_type: z.literal('mlp2x_gelu').default('mlp2x_gelu'),
  mm_vision_select_layer: z.number().int().default(-2),
  mm_vision_select_feature: z.enum(['patch', 'cls_patch']).default('patch'),
  mm_use_im_start_end: z.literal(false).default(false),
  mm_patch_merge_type: z.string().default('flat'),
  image_aspect_ratio: z.string().nullish(),
  image_grid_pinpoints: z.unknown().optional(),
});

/** A tower's own file: of the tower alone, or of the whole CLIP model. */
const towerSchema = z.union([
  z.object({ vision_config: visionSchema }).transform((whole) => whole.vision_config),
  visionSchema,
]);

/** LLaVA marks a picture by this id, which is in no vocabulary. */
const IMAGE_TOKEN = -200;

const OWN_TOWER = 'model.vision_tower.vision_tower.vision_model.';

/** The tower's folder, its configuration, and its tensors where the checkpoint does not carry them itself. */
async function readTower(
  folder: string,
  reference: string,
  layer: number,
  dropCls: boolean,
  carried: boolean,
) {
  const file = join(folder, 'config.json');
  const text = await readTextIfPresent(file);
  if (text === undefined) {
    throw new AutopruneError(
      'CHECKPOINT_NOT_FOUND',
      `${folder}: the folder of the vision tower ${reference} has no config.json; download it again or name another with --vision-tower`,
      { folder, reference },
    );
  }
  const config = visionConfig(file, parseJson(file, text, towerSchema), layer, dropCls);
  const tensors: TensorTable = carried ? new Map() : await readWeightTable(folder);
  return { config, tensors };
}

function weights(
  own: TensorTable,
  tower: TensorTable,
  config: ModelConfig,
  checkpoint: string,
  towerFolder: string,
): WeightSource {
  const tensor = (name: string, shape: readonly number[]) =>
    requireTensor(own, name, shape, checkpoint);
  // Two linear layers with an activation between them, numbered as a torch sequence.
  const projector = { linear_1: '0', linear_2: '2' } as const;
  return {
    decoderLayer: (layer, part, shape) => tensor(`model.layers.${layer}.${part}.weight`, shape),
    decoder: (part, shape) =>
      part === 'lm_head' && !config.decoder.tiedHead
        ? tensor('lm_head.weight', shape)
        : tensor(`model.${part === 'norm' ? 'norm' : 'embed_tokens'}.weight`, shape),
    vision: (name, shape) =>
      tower.size === 0
        ? tensor(`${OWN_TOWER}${name}`, shape)
        : requireTensor(tower, `vision_model.${name}`, shape, towerFolder),
    projector: (name, shape) => {
      const [layer, part] = name.split('.') as [keyof typeof projector, string];
      return tensor(`model.mm_projector.${projector[layer]}.${part}`, shape);
    },
    newline: (shape) => tensor('model.image_newline', shape),
  };
}

/** LLaVA-1.5 and LLaVA-NeXT as their authors published them, the vision tower in a repository of its own. */
export const llavaOriginal: FamilyAdapter = {
  name: 'llava',
  matches: (config) => typeof config.mm_vision_tower === 'string',
  open: async ({ folder, configFile, configText, tensors, findTower }) => {
    const fields = parseJson(configFile, configText, schema);
    const towerFolder = await findTower(fields.mm_vision_tower);
    const tower = await readTower(
      towerFolder,
      fields.mm_vision_tower,
      fields.mm_vision_select_layer,
      fields.mm_vision_select_feature === 'patch',
      tensors.has(`${OWN_TOWER}embeddings.class_embedding`),
    );
    if (fields.mm_hidden_size !== undefined && fields.mm_hidden_size !== tower.config.hiddenSize) {
      throw new AutopruneError(
        'CHECKPOINT_INVALID',
        `${configFile}: mm_hidden_size is ${fields.mm_hidden_size}, but the vision tower ${towerFolder} has width ${tower.config.hiddenSize}; it is another tower`,
        { file: configFile, tower: towerFolder },
      );
    }
    const anyres = fields.image_aspect_ratio === 'anyres';
    const config: ModelConfig = {
      family: anyres ? 'llava-next' : 'llava-1.5',
      decoder: decoderConfig({ file: configFile, prefix: '' }, fields),
      vision: tower.config,
      projectorBias: true,
      imageTokenId: IMAGE_TOKEN,
      ...(fields.image_aspect_ratio ? { imageAspectRatio: fields.image_aspect_ratio } : {}),
      ...(anyres
        ? {
            tiling: {
              resolutions: parseGridPinpoints(
                fields.image_grid_pinpoints,
                'width-height',
                configFile,
              ),
              packing: fields.mm_patch_merge_type.includes('unpad') ? 'unpad' : 'spatial',
            },
          }
        : {}),
    };
    return {
      config,
      weights: weights(tensors, tower.tensors, config, folder, towerFolder),
      tensors: [...tensors.values(), ...tower.tensors.values()],
      processorFolder: towerFolder,
      defaultTemplate: fields.model_type?.includes('mistral') ? 'mistral_instruct' : 'vicuna_v1',
    };
  },
};
