import { AutopruneError, type PrunerRun, price } from '@autoprune/core';
import { concatenated } from '../arrays.js';
import type { ChatMessage } from '../text/chat-message.js';
import { assemblePrompt, VISUAL } from './assemble-prompt.js';
import type { SequenceHandle } from './backend.js';
import { breathe } from './breathe.js';
import type { GenerateOptions } from './generate-options.js';
import { embedPrompt } from './input-decision.js';
import { decoderGeometry, type ModelContext, prunerOf, visionGeometry } from './model-context.js';
import { packSaliency, packTokens } from './packing.js';
import { type PreparedPicture, preparePicture } from './pictures.js';
import { type PrefillResult, prefill } from './prefill.js';
import type { PruneReport } from './result.js';

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

/** Encodes pictures that are not encoded yet, with their saliency where a method asks for it. */
async function encode(
  { backend, files }: ModelContext,
  pictures: readonly PreparedPicture[],
  saliency: boolean,
): Promise<void> {
  const { hiddenSize } = files.config.decoder;
  for (const picture of pictures) {
    if (picture.encoded && (!saliency || picture.encoded.saliency)) continue;
    const { tiles, packing, padding } = picture;
    const encoded = await backend.encode(picture.pixels, tiles, { saliency });
    // Padding gets attention too, but there is nothing to see in it.
    padding?.forEach((pure, token) => {
      if (pure && encoded.saliency) encoded.saliency[token] = 0;
    });
    picture.encoded = {
      tokens: packTokens(packing, encoded.tokens, hiddenSize, files.newline),
      ...(encoded.saliency ? { saliency: packSaliency(packing, encoded.saliency) } : {}),
    };
    await breathe();
  }
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
  const pictures: PreparedPicture[] = [];
  for (const image of images)
    pictures.push(await preparePicture(image, model.files.config, model.files.processor, options));
  const { config, tokenizer } = model.files;
  const pictureTokens = pictures.map(({ tokens }) => tokens);
  const messages = conversation(options.messages, pictureTokens.length);
  const { ids } = assemblePrompt(messages, template, tokenizer, config, pictureTokens);
  requireLength(model, ids.length);
  const visualTokens = pictureTokens.reduce((sum, count) => sum + count, 0);
  const otherTokens = ids.length - visualTokens;
  const methods = prunerOf(visualTokens > 0 ? options : { ...options, method: 'none' });
  const pruner = methods.start({
    geometry: decoderGeometry(config),
    visualTokens,
    otherTokens,
    textTokens: ids.length - 1 - ids.lastIndexOf(VISUAL),
    places: pictures.flatMap(({ packing }, image) =>
      packing.places.map((place) => ({ image, ...place })),
    ),
  });
  const wantsSaliency = pruner.sites.some(({ signals, ruleSignals = [] }) =>
    [...signals, ...ruleSignals].some(({ kind }) => kind === 'saliency'),
  );
  await encode(model, pictures, wantsSaliency);
  if (wantsSaliency) {
    pruner.setSaliency(concatenated(pictures.map(({ encoded }) => encoded!.saliency!)));
  }
  const visionMs = performance.now() - started;

  const sequence = model.backend.open();
  try {
    const prefillStart = performance.now();
    const tokens = concatenated(pictures.map(({ encoded }) => encoded!.tokens));
    const { layout, rows } = await embedPrompt(model, pruner, ids, tokens);
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
    const prompt = { visualTokens, otherTokens, tiles };
    return {
      sequence,
      ids,
      pruner,
      pictureTokens,
      otherTokens,
      length: layout.length,
      logits: result.logits,
      report: pruneReport(model, sequence, pruner, name, prompt, result),
      visionMs,
      prefillMs,
      pruningMs: result.pruningMs,
    };
  } catch (error) {
    model.backend.close(sequence);
    throw error;
  }
}

function pruneReport(
  model: ModelContext,
  sequence: SequenceHandle,
  pruner: PrunerRun,
  name: string,
  prompt: { visualTokens: number; otherTokens: number; tiles: number },
  result: PrefillResult,
): PruneReport {
  const counts = pruner.counts();
  const layers = model.backend.counters(sequence).map((counter) => ({ ...counter }));
  const { heads, headSize } = model.files.config.decoder;
  const signalPairs = layers.reduce((sum, layer) => sum + layer.signalPairs, 0);
  const { parameters, complexity, slope } = pruner.report();
  return {
    method: {
      name,
      parameters,
      ...(complexity === undefined ? {} : { complexity }),
      ...(slope === undefined ? {} : { slope }),
    },
    layers: counts.entering.map((entering, layer) => ({
      layer,
      entering,
      leaving: counts.leaving[layer]!,
    })),
    cost: price(counts, {
      geometry: decoderGeometry(model.files.config),
      visualTokens: prompt.visualTokens,
      otherTokens: prompt.otherTokens,
      vision: { ...visionGeometry(model.files.config), tiles: prompt.tiles },
      work: {
        layers,
        headRows: 1,
        pruningFlops: 2 * signalPairs * heads * headSize + result.mergeFlops,
      },
    }),
  };
}
