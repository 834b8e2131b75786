import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import { z } from 'zod';
import { parseJson, readBytesIfPresent, readTextIfPresent } from '../checkpoint/read-json.js';
import { readValues } from '../checkpoint/read-values.js';
import type { StoredTensor } from '../checkpoint/stored-tensor.js';
import { readWeightTable } from '../checkpoint/weights.js';
import type { WeightSource } from '../families/family.js';
import { findFamily } from '../families/index.js';
import type { ModelConfig } from '../families/model-config.js';
import {
  type ClipProcessorConfig,
  parseClipProcessorConfig,
} from '../picture/clip-processor-config.js';
import { findChatTemplate } from '../text/find-chat-template.js';
import { loadTokenizer } from '../text/load-tokenizer.js';
import { loadSentencePieceTokenizer } from '../text/sentencepiece-tokenizer.js';
import type { Tokenizer } from '../text/tokenizer.js';
import { findVisionTower } from './vision-tower-folder.js';

/** Everything of a checkpoint but its weights' values. */
export interface CheckpointFiles {
  readonly folder: string;
  readonly config: ModelConfig;
  readonly weights: WeightSource;
  /** Every tensor of the checkpoint, its tower's included. */
  readonly tensors: readonly StoredTensor[];
  /** float32 [width]: the embedding that ends a row of tiles, where there is one. */
  readonly newline: Float32Array | undefined;
  readonly tokenizer: Tokenizer;
  readonly processor: ClipProcessorConfig;
  /** The checkpoint's own chat template, where it brings one. */
  readonly chatTemplate: string | undefined;
  /** Name of the family's template, for checkpoints without one. */
  readonly defaultTemplate: string;
  readonly eosTokenIds: readonly number[];
}

const idList = z.union([z.number().int(), z.array(z.number().int())]).nullish();
const generationSchema = z.object({ eos_token_id: idList });

async function requireFolder(folder: string): Promise<void> {
  const info = await stat(folder).catch(() => undefined);
  if (!info?.isDirectory()) {
    throw new AutopruneError(
      'CHECKPOINT_NOT_FOUND',
      `${folder}: ${info ? 'is not a folder' : 'there is no such folder'}; give a folder with config.json and weights`,
      { folder },
    );
  }
}

async function requireText(folder: string, file: string, why: string): Promise<string> {
  const text = await readTextIfPresent(join(folder, file));
  if (text !== undefined) return text;
  throw new AutopruneError(
    'CHECKPOINT_NOT_FOUND',
    `${folder}: has no ${file}, ${why}; point --model at a folder in the Hugging Face layout`,
    { folder, file },
  );
}

/** Options of {@link readCheckpoint}. */
export interface CheckpointOptions {
  /** Folder or hub id of the vision tower, for checkpoints that keep it elsewhere. */
  readonly visionTower?: string | undefined;
}

/** `tokenizer.json`, else the SentencePiece model that the original checkpoints bring. */
async function readTokenizer(folder: string): Promise<Tokenizer> {
  const optional = (file: string) => readTextIfPresent(join(folder, file));
  const common = {
    name: folder,
    tokenizerConfig: await optional('tokenizer_config.json'),
    specialTokensMap: await optional('special_tokens_map.json'),
  };
  const tokenizerJson = await optional('tokenizer.json');
  if (tokenizerJson !== undefined) return loadTokenizer({ ...common, tokenizerJson });
  const model = await readBytesIfPresent(join(folder, 'tokenizer.model'));
  if (model) {
    const addedTokens = await optional('added_tokens.json');
    return loadSentencePieceTokenizer({ ...common, model, addedTokens });
  }
  throw new AutopruneError(
    'CHECKPOINT_NOT_FOUND',
    `${folder}: has neither tokenizer.json nor tokenizer.model, which turn text into ids; download the checkpoint again`,
    { folder },
  );
}

/**
 * Reads and checks every small file of a checkpoint folder, and the headers of its weights.
 *
 * @throws CHECKPOINT_NOT_FOUND, CHECKPOINT_INVALID, CHECKPOINT_UNSUPPORTED, TOKENIZER_INVALID or PROCESSOR_INVALID,
 *   each naming the file and the field
 */
export async function readCheckpoint(
  path: string,
  options: CheckpointOptions = {},
): Promise<CheckpointFiles> {
  const folder = resolve(path);
  await requireFolder(folder);
  const configFile = join(folder, 'config.json');
  const configText = await requireText(folder, 'config.json', 'which says what the model is');
  const record = parseJson(configFile, configText, z.record(z.string(), z.unknown()));
  const family = findFamily(configFile, record);
  const opened = await family.open({
    folder,
    configFile,
    configText,
    tensors: await readWeightTable(folder),
    findTower: (reference) => findVisionTower(folder, reference, options.visionTower),
  });
  const { config, weights, processorFolder, defaultTemplate } = opened;
  const tokenizer = await readTokenizer(folder);
  requireVocabulary(folder, tokenizer, config);
  const processorFile = join(processorFolder, 'preprocessor_config.json');
  const processorText = await requireText(
    processorFolder,
    'preprocessor_config.json',
    'which says how pictures are resized',
  );
  const processor = parseClipProcessorConfig(
    parseJson(processorFile, processorText, z.unknown()),
    processorFile,
  );
  requireTileSize(processorFile, processor, config);
  const generationFile = join(folder, 'generation_config.json');
  const generationText = await readTextIfPresent(generationFile);
  const generation = generationText
    ? parseJson(generationFile, generationText, generationSchema)
    : undefined;
  const eos = generation?.eos_token_id ?? tokenizer.eosTokenId ?? [];
  return {
    folder,
    config,
    weights,
    tensors: [...opened.tensors],
    newline:
      config.tiling?.packing === 'unpad'
        ? await readValues(weights.newline([config.decoder.hiddenSize]))
        : undefined,
    tokenizer,
    processor,
    chatTemplate: await findTemplate(folder),
    defaultTemplate,
    eosTokenIds: Array.isArray(eos) ? eos : [eos],
  };
}

function requireVocabulary(folder: string, tokenizer: Tokenizer, config: ModelConfig): void {
  const rows = config.decoder.vocabularySize;
  const wanted = Math.max(tokenizer.vocabularySize, config.imageTokenId + 1);
  if (wanted > rows) {
    throw new AutopruneError(
      'CHECKPOINT_INVALID',
      `${folder}: the tokenizer and the picture token need ${wanted} ids, but config.json says that the embedding has ${rows} rows; the tokenizer belongs to another checkpoint`,
      { folder, tokens: wanted, rows },
    );
  }
}

function requireTileSize(file: string, processor: ClipProcessorConfig, config: ModelConfig): void {
  const { imageSize } = config.vision;
  const { width, height } = processor.cropSize;
  if (processor.doCenterCrop && (width !== imageSize || height !== imageSize)) {
    throw new AutopruneError(
      'PROCESSOR_INVALID',
      `${file}: crop_size is ${width} × ${height}, but the vision tower takes ${imageSize} × ${imageSize}; the file belongs to another checkpoint`,
      { file, width, height, imageSize },
    );
  }
}

async function findTemplate(folder: string): Promise<string | undefined> {
  const optional = (file: string) => readTextIfPresent(join(folder, file));
  return findChatTemplate({
    name: folder,
    chatTemplateJinja: await optional('chat_template.jinja'),
    chatTemplateJson: await optional('chat_template.json'),
    processorConfig: await optional('processor_config.json'),
    tokenizerConfig: await optional('tokenizer_config.json'),
  });
}
