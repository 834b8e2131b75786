import { type Cost, type PrunerRun, price, type VisionGeometry } from '@autoprune/core';
import type { LayerCounters, SequenceHandle } from './backend.js';
import { decoderGeometry, type ModelContext, visionGeometry } from './model-context.js';
import type { PrefillResult } from './prefill.js';
import type { PruneReport } from './result.js';

/** What a report prices. */
export interface PricedPrompt {
  readonly visualTokens: number;
  readonly otherTokens: number;
  readonly tiles: number;
  /** Rows of every tile that entered each tower block, where they changed on the way. */
  readonly blockRows: readonly (readonly number[])[];
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** FLOPs that the tower saves because rows were merged inside it: what its blocks would do with all of them, less. */
function savedInTower(vision: VisionGeometry, blockRows: PricedPrompt['blockRows']): number {
  const block = (rows: number): number =>
    price(
      { entering: [], leaving: [] },
      {
        geometry: { layers: 0, heads: 1, keyValueHeads: 1, hiddenSize: 0, intermediateSize: 0 },
        visualTokens: 0,
        otherTokens: 0,
        vision: {
          ...vision,
          blocks: 1,
          rows,
          patchValues: 0,
          projectorMultiplyAdds: 0,
          tiles: 1,
        },
      },
    ).visionFlops;
  const whole = block(vision.rows);
  return sum(blockRows.flat().map((rows) => whole - block(rows)));
}

/** Work of reading signals: attention weights, and keys that were projected ahead of their layer. */
function signalFlops(
  { files }: ModelContext,
  layers: readonly LayerCounters[],
  cachePairs: number,
): number {
  const { heads, headSize, keyValueHeads, hiddenSize } = files.config.decoder;
  const pairs = sum(layers.map(({ signalPairs }) => signalPairs));
  const ahead = sum(layers.map(({ lookaheadRows }) => lookaheadRows));
  return (
    2 * (pairs + cachePairs) * heads * headSize + 4 * ahead * hiddenSize * keyValueHeads * headSize
  );
}

/** The price of a run as it was, with what was taken out of the cache after it. */
function costOf(
  model: ModelContext,
  sequence: SequenceHandle,
  pruner: PrunerRun,
  prompt: PricedPrompt,
  result: PrefillResult,
): Cost {
  const { visualTokens, otherTokens, tiles } = prompt;
  const layers = model.backend.counters(sequence).map((counter) => ({ ...counter }));
  const vision = visionGeometry(model.files.config);
  const counts = pruner.counts();
  const cost = price(counts, {
    geometry: decoderGeometry(model.files.config),
    visualTokens,
    otherTokens,
    vision: { ...vision, tiles },
    work: {
      layers,
      headRows: 1,
      pruningFlops: signalFlops(model, layers, result.cache.pairs) + result.mergeFlops,
    },
  });
  const saved = savedInTower(vision, prompt.blockRows);
  const cached = sum(layers.map((_, layer) => model.backend.cacheLength(sequence, layer)));
  const entered = sum(counts.entering.map((tokens) => tokens + otherTokens));
  return {
    ...cost,
    visionFlops: cost.visionFlops - saved,
    realFlops: cost.realFlops - saved,
    kvBytes: (cost.kvBytes * cached) / entered,
  };
}

/** What was pruned and what it costs. */
export function pruneReport(
  model: ModelContext,
  sequence: SequenceHandle,
  pruner: PrunerRun,
  name: string,
  prompt: PricedPrompt,
  result: PrefillResult,
): PruneReport {
  const counts = pruner.counts();
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
    cost: costOf(model, sequence, pruner, prompt, result),
  };
}
