import type { TokenCounts } from '../method.js';

/** A cut of a multi-stage method. */
export interface Stage {
  /** The cut is before this decoder layer. */
  readonly layer: number;
  /** Visual tokens from there on. */
  readonly tokens: number;
}

/** Counts of a method that cuts at several layers, which rise. */
export function stageCounts(
  layers: number,
  visualTokens: number,
  stages: readonly Stage[],
): TokenCounts {
  const at = (layer: number): number =>
    Math.min(
      visualTokens,
      stages.filter((stage) => stage.layer <= layer).at(-1)?.tokens ?? visualTokens,
    );
  return {
    entering: Array.from({ length: layers }, (_, layer) => at(layer)),
    leaving: Array.from({ length: layers }, (_, layer) => at(layer + 1)),
  };
}
