import {
  AutopruneError,
  type PrunerRun,
  price,
  type RowMap,
  requireNumber,
  type SignalReader,
} from '@autoprune/core';
import type { ChatMessage } from '../text/chat-message.js';
import { assemblePrompt, VISUAL } from './assemble-prompt.js';
import type { SequenceHandle } from './backend.js';
import { breathe } from './breathe.js';
import { DecodeLoop } from './decode-loop.js';
import type { GenerationPart } from './generation.js';
import { SequenceLayout } from './layout.js';
import type { GenerateOptions, LlavaModel } from './llava-model.js';
import type { PreparedPicture } from './pictures.js';
import { type PrefillResult, prefill } from './prefill.js';
import { type GenerationResult, type PruneReport, traceRows } from './result.js';

const DEFAULT_NEW_TOKENS = 128;

/** A string question becomes one user message with all pictures before it, as LLaVA places them. */
function conversation(options: GenerateOptions): readonly ChatMessage[] {
  const { messages, images = [] } = options;
  if (typeof messages !== 'string') return messages;
  const pictures = images.map(() => ({ type: 'image' as const }));
  return [{ role: 'user', content: [...pictures, { type: 'text', text: messages }] }];
}

/** Encodes pictures that are not encoded yet, together, with their saliency where a method asks for it. */
async function encode(
  model: LlavaModel,
  pictures: readonly PreparedPicture[],
  saliency: boolean,
): Promise<void> {
  const missing = pictures.filter(
    (picture) => !picture.encoded || (saliency && !picture.encoded.saliency),
  );
  for (const picture of new Set(missing)) {
    const encoded = await model.backend.encode(picture.pixels, picture.tiles, { saliency });
    if (encoded.saliency && picture.padding) {
      // Padding gets attention too, but there is nothing to see in it.
      picture.padding.forEach((pure, token) => {
        if (pure) encoded.saliency![token] = 0;
      });
    }
    picture.encoded = encoded;
    await breathe();
  }
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** The decision before the decoder: visual tokens [N, width] → what enters layer 0. */
function decideAtInput(
  model: LlavaModel,
  pruner: PrunerRun,
  tokens: Float32Array,
): { tokens: Float32Array; map: RowMap | undefined } {
  if (!pruner.requestsAt({ kind: 'input' })) return { tokens, map: undefined };
  const reader: SignalReader = {
    get: ({ kind }) => {
      if (kind === 'saliency' && pruner.rows.saliency) return pruner.rows.saliency;
      if (kind === 'hidden') return tokens;
      throw new AutopruneError('SIGNAL_MISSING', `The runtime has no signal ${kind} at the input`);
    },
  };
  const decision = pruner.decide({ kind: 'input' }, reader);
  if (!decision) return { tokens, map: undefined };
  if (decision.kind === 'rule') {
    throw new AutopruneError('SIGNAL_UNSUPPORTED', 'Rules at the input are not supported yet');
  }
  pruner.apply(decision);
  const width = model.files.config.decoder.hiddenSize;
  return { tokens: model.kernels.mapRows(tokens, width, decision), map: decision };
}

/** The prompt after the decision at the input: which of its rows are visual, and its embedded rows. */
async function embedPrompt(
  model: LlavaModel,
  ids: Int32Array,
  tokens: Float32Array,
  map: RowMap | undefined,
): Promise<{ layout: SequenceLayout; rows: Float32Array }> {
  const width = model.files.config.decoder.hiddenSize;
  const before = SequenceLayout.of(Array.from(ids, (id) => id === VISUAL));
  const applied = map && before.apply(map);
  const source = applied?.sequenceMap;
  const isText = (row: number): boolean =>
    source === undefined
      ? ids[row] !== VISUAL
      : source.offsets[row + 1]! - source.offsets[row]! === 1 &&
        ids[source.inputs[source.offsets[row]!]!] !== VISUAL;
  const count = source?.outputRows ?? ids.length;
  const visual = Array.from({ length: count }, (_, row) => !isText(row));
  const embedded = await model.backend.embed(Array.from(ids).filter((id) => id !== VISUAL));
  const rows = new Float32Array(count * width);
  let text = 0;
  let token = 0;
  visual.forEach((is, row) => {
    const [from, index] = is ? [tokens, token++] : [embedded, text++];
    rows.set(from.subarray(index * width, (index + 1) * width), row * width);
  });
  return { layout: SequenceLayout.of(visual), rows };
}

function requireLength(model: LlavaModel, rows: number): void {
  const { maxPositions } = model.files.config.decoder;
  if (rows >= maxPositions) {
    throw new AutopruneError(
      'PROMPT_TOO_LONG',
      `The prompt is ${rows} tokens long, but the checkpoint was made for ${maxPositions}; ask about fewer pictures or shorten the question`,
      { rows, maxPositions },
    );
  }
}

function pruneReport(
  model: LlavaModel,
  sequence: SequenceHandle,
  pruner: PrunerRun,
  names: readonly string[],
  prompt: { visualTokens: number; otherTokens: number; tiles: number },
  result: PrefillResult,
): PruneReport {
  const counts = pruner.counts();
  const counters = model.backend.counters(sequence);
  const { heads, headSize } = model.files.config.decoder;
  const signalFlops = counters.reduce(
    (sum, { signalPairs }) => sum + 2 * signalPairs * heads * headSize,
    0,
  );
  const { parameters, complexity, slope } = pruner.report();
  return {
    method: {
      name: names.join('+'),
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
      geometry: model.geometry,
      visualTokens: prompt.visualTokens,
      otherTokens: prompt.otherTokens,
      vision: { ...model.visionGeometry, tiles: prompt.tiles },
      work: {
        layers: counters,
        headRows: 1,
        pruningFlops: signalFlops + result.mergeFlops,
      },
    }),
  };
}

/** @internal The whole way from a question to its answer. */
export async function answer(
  model: LlavaModel,
  options: GenerateOptions,
  emit: (part: GenerationPart) => void,
  signal: AbortSignal,
): Promise<GenerationResult> {
  const started = performance.now();
  const { images = [], maxNewTokens = DEFAULT_NEW_TOKENS, template = model.template } = options;
  requireNumber('maxNewTokens', maxNewTokens, { min: 1, integer: true });
  signal.throwIfAborted();
  const pictures: PreparedPicture[] = [];
  for (const image of images) pictures.push(await model.preparePicture(image, options));
  const { config, tokenizer } = model.files;
  const pictureTokens = pictures.map(({ tokens }) => tokens);
  const { ids } = assemblePrompt(conversation(options), template, tokenizer, config, pictureTokens);
  requireLength(model, ids.length);
  const visualTokens = pictureTokens.reduce((sum, count) => sum + count, 0);
  const otherTokens = ids.length - visualTokens;
  const methods = model.pruner(visualTokens > 0 ? options : { ...options, method: 'none' });
  const pruner = methods.start({
    geometry: model.geometry,
    visualTokens,
    otherTokens,
    textTokens: ids.length - 1 - ids.lastIndexOf(VISUAL),
  });
  const wantsSaliency = pruner.sites.some(({ signals, ruleSignals = [] }) =>
    [...signals, ...ruleSignals].some(({ kind }) => kind === 'saliency'),
  );
  const vision = performance.now();
  await encode(model, pictures, wantsSaliency);
  if (wantsSaliency) {
    pruner.setSaliency(concatenated(pictures.map(({ encoded }) => encoded!.saliency!)));
  }
  const visionMs = performance.now() - vision + (vision - started);

  const sequence = model.backend.open();
  try {
    const prefillStart = performance.now();
    const encoded = concatenated(pictures.map(({ encoded }) => encoded!.tokens));
    const input = decideAtInput(model, pruner, encoded);
    const { layout, rows } = await embedPrompt(model, ids, input.tokens, input.map);
    model.backend.setRows(sequence, rows);
    const result = await prefill(
      {
        backend: model.backend,
        kernels: model.kernels,
        sequence,
        layers: config.decoder.layers,
        pruner,
        signal,
        ...(options.computeDeadRows ? { computeDeadRows: true } : {}),
      },
      layout,
    );
    const prefillMs = performance.now() - prefillStart;
    const names = methods.methods.map(({ name }) => name);
    const tiles = pictures.reduce((sum, picture) => sum + picture.tiles, 0);
    const prompt = { visualTokens, otherTokens, tiles };
    const report = pruneReport(model, sequence, pruner, names, prompt, result);
    emit({ type: 'prune-report', report });

    const room = config.decoder.maxPositions - layout.length;
    const loop = new DecodeLoop(model, sequence, {
      sampling: options,
      stop: [...template.stopStrings, ...(options.stop ?? [])],
      limit: Math.min(maxNewTokens, room),
      renumber: pruner.positions === 'renumber',
      promptLength: layout.length,
      signal,
      onAbort: options.onAbort ?? 'throw',
      emit: (text) => emit({ type: 'text-delta', text }),
    });
    const decoded = await loop.run(result.logits);
    const firstTokenMs = decoded.firstTokenAt - started;
    const decodeMs = performance.now() - decoded.firstTokenAt;
    const later = decoded.generatedIds.length - 1;
    const finished: GenerationResult = {
      answer: decoded.text,
      finishReason: decoded.finishReason,
      generatedIds: decoded.generatedIds,
      model: { id: model.info.id, family: model.info.family, dtype: model.info.dtype },
      ...report,
      tokens: {
        visual: visualTokens,
        text: otherTokens,
        generated: decoded.generatedIds.length,
      },
      timings: {
        loadMs: model.info.loadMs,
        visionMs,
        prefillMs,
        pruningMs: result.pruningMs,
        firstTokenMs,
        decodeMs,
        decodeTokensPerSecond: later > 0 ? (1000 * later) / decodeMs : null,
      },
      ...(options.trace
        ? {
            trace: {
              firstTokenLogits: Array.from(result.logits),
              kept: pruner.history().map((contents) => traceRows(contents, pictureTokens)),
            },
          }
        : {}),
    };
    emit({ type: 'finish', result: finished });
    return finished;
  } finally {
    model.backend.close(sequence);
  }
}
