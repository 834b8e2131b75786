import {
  AutopruneError,
  type PrunerRun,
  type RowContent,
  type SignalReader,
  type SignalRequest,
  signalKey,
} from '@autoprune/core';
import { concatenated } from '../arrays.js';
import { gridSize, tileTokens } from '../families/model-config.js';
import { VISUAL } from './assemble-prompt.js';
import { Breather } from './breathe.js';
import { decisionMap } from './evaluate-decision.js';
import { SequenceLayout } from './layout.js';
import type { ModelContext } from './model-context.js';
import { packRows } from './packing.js';
import type { PreparedPicture } from './pictures.js';

/** Embedded rows of a prompt, and which of them are visual. */
export interface EmbeddedPrompt {
  readonly layout: SequenceLayout;
  /** float32 [rows, width]. */
  readonly rows: Float32Array;
}

/** Signals of the tower, in prompt order; undefined where the pictures were not encoded for them. */
function towerSignal(
  { files }: ModelContext,
  pictures: readonly PreparedPicture[],
  request: SignalRequest,
): Float32Array | undefined {
  const { vision } = files.config;
  const rows = gridSize(vision) ** 2 + 1;
  const tokens = tileTokens(vision);
  const parts: Float32Array[] = [];
  for (const { packing, tiles, encoded } of pictures) {
    const values = encoded?.signals.get(signalKey(request));
    if (!values) return undefined;
    parts.push(packRows(packing, values, values.length / (tiles * rows), { rows, tokens }));
  }
  return concatenated(parts);
}

/**
 * Takes the decision before the decoder, where a method asks for one.
 *
 * @param tokens  float32 [visual rows, width]
 * @param pictures  those that tower signals may be read of; none where the rows are no longer theirs
 * @returns the visual rows that enter the decoder
 */
export function decideAtInput(
  model: ModelContext,
  pruner: PrunerRun,
  tokens: Float32Array,
  pictures: readonly PreparedPicture[],
): Float32Array {
  if (!pruner.requestsAt({ kind: 'input' })) return tokens;
  const reader: SignalReader = {
    get: (request) => {
      const { kind, layer } = request;
      if (kind === 'hidden') return tokens;
      const values =
        kind === 'saliency' && layer === undefined
          ? pruner.rows.saliency
          : pictures.length > 0
            ? towerSignal(model, pictures, request)
            : undefined;
      if (values) return values;
      throw new AutopruneError(
        'SIGNAL_MISSING',
        `The runtime has no signal ${signalKey(request)} at the input; a method that acts in the vision tower leaves none of its signals to a later one`,
        { request },
      );
    },
  };
  const decision = pruner.decide({ kind: 'input' }, reader);
  if (!decision) return tokens;
  const map = decisionMap(decision, reader, pruner.rows, tokens, model.kernels);
  pruner.apply(map);
  return model.kernels.mapRows(tokens, model.files.config.decoder.hiddenSize, map);
}

/** Rows that each picture has now; a row that shows none belongs to the picture of the row before it. */
function rowsPerPicture(
  contents: readonly RowContent[],
  pictureTokens: readonly number[],
): number[] {
  const ends: number[] = [];
  pictureTokens.reduce((sum, count) => {
    ends.push(sum + count);
    return sum + count;
  }, 0);
  const counts = pictureTokens.map(() => 0);
  let picture = 0;
  for (const content of contents) {
    const position =
      content.kind === 'patch'
        ? content.position
        : content.kind === 'merged'
          ? content.positions[0]
          : undefined;
    const own =
      content.kind === 'cls'
        ? content.place?.image
        : position === undefined
          ? undefined
          : ends.findIndex((end) => position < end);
    // Rows of a picture stay together; a method that mixes pictures has them in its own order.
    picture = Math.max(picture, own ?? 0);
    counts[picture]!++;
  }
  return counts;
}

/**
 * Embeds a prompt: text from the embedding table, and the visual rows in the places of their pictures. Positions are
 * counted after all decisions before the decoder.
 *
 * @param ids  ids of the text, {@link VISUAL} for each visual token before any cut
 * @param pictureTokens  visual tokens of each picture before any cut
 * @param tokens  float32 [visual rows, width], those of the run
 */
export async function embedPrompt(
  model: ModelContext,
  pruner: PrunerRun,
  ids: Int32Array,
  pictureTokens: readonly number[],
  tokens: Float32Array,
): Promise<EmbeddedPrompt> {
  const width = model.files.config.decoder.hiddenSize;
  const counts = rowsPerPicture(pruner.rows.contents, pictureTokens);
  const visual: boolean[] = [];
  let picture = 0;
  let seen = 0;
  for (const id of ids) {
    if (id !== VISUAL) {
      visual.push(false);
      continue;
    }
    if (seen === 0) for (let row = 0; row < counts[picture]!; row++) visual.push(true);
    if (++seen === pictureTokens[picture]) {
      seen = 0;
      picture++;
    }
  }
  const text = await model.backend.embed(Array.from(ids).filter((id) => id !== VISUAL));
  const rows = new Float32Array(visual.length * width);
  let nextText = 0;
  let nextVisual = 0;
  const breather = new Breather();
  for (const [row, is] of visual.entries()) {
    const [source, index] = is ? [tokens, nextVisual++] : [text, nextText++];
    rows.set(source.subarray(index * width, (index + 1) * width), row * width);
    await breather.after(width);
  }
  return { layout: SequenceLayout.of(visual), rows };
}
