import type { DecoderGeometry, VisionGeometry } from '../geometry.js';
import { mean } from '../mean.js';
import type { TokenCounts } from '../method.js';
import { headSizeOf, prefillFlops } from './flops.js';

/** Rows that one decoder layer really computed. */
export interface LayerWork {
  /** Rows whose queries were projected. */
  readonly queryRows: number;
  /** Rows whose keys and values were projected. */
  readonly keyValueRows: number;
  /** (query, key) pairs that the causal mask lets through. */
  readonly attentionPairs: number;
  /** Rows that went through the output projection and the MLP. */
  readonly outputRows: number;
}

/** Work of a prefill as a runtime counted it. */
export interface PrefillWork {
  readonly layers: readonly LayerWork[];
  /** Rows given to the output head. */
  readonly headRows: number;
  /** Scoring, mutual information and merging, 2 per multiply-add. */
  readonly pruningFlops: number;
}

/** Inputs of {@link price}. */
export interface PriceOptions {
  readonly geometry: DecoderGeometry;
  /** Visual tokens without pruning, N. */
  readonly visualTokens: number;
  /** All other prompt tokens. */
  readonly otherTokens: number;
  /** Bytes of one cached number. Default 4 (float32). */
  readonly cacheValueBytes?: number;
  /** Vision tower and projector, with the tiles that were encoded; left out, `visionFlops` is 0. */
  readonly vision?: VisionGeometry & { readonly tiles: number };
  /** Counted work; without it, every entering row is taken as computed in full. */
  readonly work?: PrefillWork;
}

/** What a prompt costs. Token counts are visual tokens; FLOPs are those of the prefill. */
export interface Cost {
  /** Mean over layers of the visual tokens entering: what is processed and cached. */
  readonly meanEntering: number;
  /** Mean over layers of the visual tokens leaving: the papers' "average tokens". */
  readonly meanLeaving: number;
  /** Decoder prefill in the field's formula, one per multiply-add. */
  readonly flops: number;
  readonly flopsUnpruned: number;
  readonly flopsRatio: number;
  /** 2 per multiply-add, causal half, with vision, projector and head. */
  readonly realFlops: number;
  readonly visionFlops: number;
  readonly pruningFlops: number;
  readonly kvBytes: number;
  readonly kvBytesUnpruned: number;
}

/**
 * Prices a simulation or a real run.
 *
 * @param counts  visual tokens entering and leaving each layer
 */
export function price(counts: TokenCounts, options: PriceOptions): Cost {
  const { geometry, visualTokens, otherTokens, cacheValueBytes = 4, work } = options;
  const entering = counts.entering.map((tokens) => tokens + otherTokens);
  const unpruned = counts.entering.map(() => visualTokens + otherTokens);
  const flops = prefillFlops(entering, geometry);
  const flopsUnpruned = prefillFlops(unpruned, geometry);
  const rowBytes = 2 * geometry.keyValueHeads * headSizeOf(geometry) * cacheValueBytes;
  const visionFlops = options.vision ? visionWork(options.vision) : 0;
  const layers = work?.layers ?? entering.map(fullLayerWork);
  return {
    meanEntering: mean(counts.entering),
    meanLeaving: mean(counts.leaving),
    flops,
    flopsUnpruned,
    flopsRatio: flops / flopsUnpruned,
    realFlops:
      visionFlops +
      layers.reduce((sum, layer) => sum + realLayerFlops(layer, geometry), 0) +
      2 * geometry.hiddenSize * (geometry.vocabularySize ?? 0) * (work?.headRows ?? 1),
    visionFlops,
    pruningFlops: work?.pruningFlops ?? 0,
    kvBytes: sum(entering) * rowBytes,
    kvBytesUnpruned: sum(unpruned) * rowBytes,
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Work of a layer that computes everything for all `tokens` that enter it. */
export function fullLayerWork(tokens: number): LayerWork {
  return {
    queryRows: tokens,
    keyValueRows: tokens,
    attentionPairs: (tokens * (tokens + 1)) / 2,
    outputRows: tokens,
  };
}

function realLayerFlops(work: LayerWork, geometry: DecoderGeometry): number {
  const { hiddenSize: d, intermediateSize: m, heads, keyValueHeads } = geometry;
  const width = heads * headSizeOf(geometry);
  const keyValueWidth = keyValueHeads * headSizeOf(geometry);
  return (
    2 * work.queryRows * d * width +
    4 * work.keyValueRows * d * keyValueWidth +
    4 * work.attentionPairs * width +
    2 * work.outputRows * (width * d + 3 * d * m)
  );
}

function visionWork(vision: VisionGeometry & { readonly tiles: number }): number {
  const { blocks, hiddenSize: d, intermediateSize: m, rows, tiles } = vision;
  const block = 2 * rows * (4 * d * d + 2 * d * m) + 4 * rows * rows * d;
  const patches = rows - 1;
  return (
    tiles * (blocks * block + 2 * patches * (vision.patchValues * d + vision.projectorMultiplyAdds))
  );
}
