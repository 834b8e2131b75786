import { AutopruneError, type PrunerRun, type RowMap, type SignalReader } from '@autoprune/core';
import { VISUAL } from './assemble-prompt.js';
import { SequenceLayout } from './layout.js';
import type { ModelContext } from './model-context.js';

/** Embedded rows of a prompt, and which of them are visual. */
export interface EmbeddedPrompt {
  readonly layout: SequenceLayout;
  /** float32 [rows, width]. */
  readonly rows: Float32Array;
}

/** Takes the decision before the decoder, where a method asks for one. */
function decideAtInput(pruner: PrunerRun, tokens: Float32Array): RowMap | undefined {
  if (!pruner.requestsAt({ kind: 'input' })) return undefined;
  const reader: SignalReader = {
    get: ({ kind }) => {
      if (kind === 'saliency' && pruner.rows.saliency) return pruner.rows.saliency;
      if (kind === 'hidden') return tokens;
      throw new AutopruneError('SIGNAL_MISSING', `The runtime has no signal ${kind} at the input`);
    },
  };
  const decision = pruner.decide({ kind: 'input' }, reader);
  if (decision?.kind === 'rule') {
    throw new AutopruneError('SIGNAL_UNSUPPORTED', 'Rules at the input are not supported yet');
  }
  if (decision) pruner.apply(decision);
  return decision;
}

/**
 * Embeds a prompt: text from the embedding table, pictures from their projected tokens, after the pruner's decision
 * on those. Positions are counted after that decision.
 *
 * @param ids  ids of the text, {@link VISUAL} for each visual token
 * @param tokens  float32 [visual tokens, width]
 */
export async function embedPrompt(
  model: ModelContext,
  pruner: PrunerRun,
  ids: Int32Array,
  tokens: Float32Array,
): Promise<EmbeddedPrompt> {
  const width = model.files.config.decoder.hiddenSize;
  const map = decideAtInput(pruner, tokens);
  const visualTokens = map ? model.kernels.mapRows(tokens, width, map) : tokens;
  const before = SequenceLayout.of(Array.from(ids, (id) => id === VISUAL));
  const visual = (map ? before.apply(map).layout : before).visualMask();
  const text = await model.backend.embed(Array.from(ids).filter((id) => id !== VISUAL));
  const rows = new Float32Array(visual.length * width);
  let nextText = 0;
  let nextVisual = 0;
  visual.forEach((is, row) => {
    const [source, index] = is ? [visualTokens, nextVisual++] : [text, nextText++];
    rows.set(source.subarray(index * width, (index + 1) * width), row * width);
  });
  return { layout: SequenceLayout.of(visual), rows };
}
