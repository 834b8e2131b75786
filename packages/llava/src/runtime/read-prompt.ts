import { AutopruneError, type CacheRows, type PrunerRun } from '@autoprune/core';
import { concatenated } from '../arrays.js';
import type { ChatMessage } from '../text/chat-message.js';
import { assemblePrompt, VISUAL } from './assemble-prompt.js';
import type { EncodedTiles, SequenceHandle } from './backend.js';
import { encodePictures } from './encode-pictures.js';
import type { GenerateOptions } from './generate-options.js';
import { decideAtInput, embedPrompt } from './input-decision.js';
import { decoderGeometry, type ModelContext, prunerOf, towerShape } from './model-context.js';
import { type PreparedPicture, preparePictures } from './pictures.js';
import { prefill } from './prefill.js';
import { pruneReport } from './prune-report.js';
import type { PruneReport } from './result.js';
import { Stopwatch } from './stopwatch.js';
import { decideInTower } from './vision-decisions.js';
import { visionWants } from './vision-wants.js';

/** A prompt that went through all layers. */
export interface ReadPrompt {
  readonly sequence: SequenceHandle;
  /** Ids of the text, {@link VISUAL} for each visual token, before any cut. */
  readonly ids: Int32Array;
  readonly pruner: PrunerRun;
  /** Visual tokens of each picture. */
  readonly pictureTokens: readonly number[];
  readonly otherTokens: number;
  /** Rows that entered layer 0: where positions go on for methods that keep them. */
  readonly length: number;
  readonly logits: Float32Array;
  /** What the caches hold after the prefill. */
  readonly cacheRows: CacheRows;
  readonly report: PruneReport;
  readonly visionMs: number;
  readonly prefillMs: number;
  readonly pruningMs: number;
}

/** A string question becomes one user message with all pictures before it, as LLaVA places them. */
export function conversation(
  messages: string | readonly ChatMessage[],
  pictureCount: number,
): readonly ChatMessage[] {
  if (typeof messages !== 'string') return messages;
  const pictures = Array.from({ length: pictureCount }, () => ({ type: 'image' as const }));
  return [{ role: 'user', content: [...pictures, { type: 'text', text: messages }] }];
}

function requireLength(model: ModelContext, rows: number): void {
  const { maxPositions } = model.files.config.decoder;
  if (rows >= maxPositions) {
    throw new AutopruneError(
      'PROMPT_TOO_LONG',
      `The prompt is ${rows} tokens long, but the checkpoint was made for ${maxPositions}; ask about fewer pictures or shorten the question`,
      { rows, maxPositions },
    );
  }
}

/** Pictures as visual rows. */
interface ReadPictures extends Pick<EncodedTiles, 'blockRows'> {
  /** float32 [rows, width]. */
  readonly tokens: Float32Array;
  /** Pictures that tower signals may still be read of. */
  readonly sources: readonly PreparedPicture[];
}

/**
 * Encodes the pictures for what the methods of a run want of them, with the decisions before the projector.
 */
async function readPictures(
  model: ModelContext,
  pruner: PrunerRun,
  pictures: readonly PreparedPicture[],
  signal: AbortSignal,
  stopwatch: Stopwatch,
): Promise<ReadPictures> {
  const wants = visionWants(pruner);
  if (wants.atOutput || wants.inside) {
    const decided = await decideInTower(model, pruner, pictures, wants, signal, stopwatch);
    return { ...decided, sources: [] };
  }
  await encodePictures(model, pictures, { tokens: true, ...wants }, signal);
  if (wants.saliency) {
    const saliency = concatenated(pictures.map(({ encoded }) => encoded!.saliency!));
    pruner.setRows({ ...pruner.rows, saliency });
  }
  const tokens = concatenated(pictures.map(({ encoded }) => encoded!.tokens!));
  return { tokens, sources: pictures };
}

/**
 * Reads a prompt: pictures, text, pruning, up to the logits of the first token. The caller closes the sequence.
 *
 * @throws everything that `LlavaModel.generate` lists
 */
export async function readPrompt(
  model: ModelContext,
  options: GenerateOptions,
  signal: AbortSignal,
): Promise<ReadPrompt> {
  const started = performance.now();
  const { images = [], template = model.template } = options;
  signal.throwIfAborted();
  const { config, tokenizer } = model.files;
  const pictures = await preparePictures(model, images, options);
  const pictureTokens = pictures.map(({ tokens }) => tokens);
  const messages = conversation(options.messages, pictureTokens.length);
  const { ids } = assemblePrompt(messages, template, tokenizer, config, pictureTokens);
  requireLength(model, ids.length);
  const visualTokens = pictureTokens.reduce((sum, count) => sum + count, 0);
  const otherTokens = ids.length - visualTokens;
  const methods = prunerOf(visualTokens > 0 ? options : { ...options, method: 'none' });
  const pruner = methods.start({
    geometry: decoderGeometry(config),
    tower: towerShape(config),
    visualTokens,
    otherTokens,
    kernels: model.kernels,
    textTokens: ids.length - 1 - ids.lastIndexOf(VISUAL),
    places: pictures.flatMap(({ packing }, image) =>
      packing.places.map((place) => ({ image, ...place })),
    ),
  });
  const stopwatch = new Stopwatch();
  const reading = readPictures(model, pruner, pictures, signal, stopwatch);
  const { tokens, sources, blockRows = [] } = await reading;
  const visionMs = performance.now() - started;

  const sequence = model.backend.open();
  model.backend.stopWith(sequence, signal);
  try {
    const prefillStart = performance.now();
    const visualRows = stopwatch.measure(() => decideAtInput(model, pruner, tokens, sources));
    const { layout, rows } = await embedPrompt(model, pruner, ids, pictureTokens, visualRows);
    model.backend.setRows(sequence, rows);
    const { layers } = config.decoder;
    const { backend, kernels } = model;
    const { computeDeadRows = false } = options;
    const result = await prefill(
      { backend, kernels, sequence, layers, pruner, signal, computeDeadRows },
      layout,
    );
    const prefillMs = performance.now() - prefillStart;
    const tiles = pictures.reduce((sum, picture) => sum + picture.tiles, 0);
    const name = methods.methods.map((method) => method.name).join('+');
    const prompt = { visualTokens, otherTokens, tiles, blockRows };
    return {
      sequence,
      ids,
      pruner,
      pictureTokens,
      otherTokens,
      length: layout.length,
      logits: result.logits,
      cacheRows: result.cache.rows,
      report: pruneReport(model, sequence, pruner, name, prompt, result),
      visionMs,
      prefillMs,
      pruningMs: stopwatch.milliseconds + result.pruningMs,
    };
  } catch (error) {
    model.backend.close(sequence);
    throw error;
  }
}
