import { AutopruneError } from '@autoprune/core';
import type { Extent } from './picture.js';

/**
 * How a grid is chosen; the first of equals wins.
 *
 * - `most-pixels`: keeps most pixels of the picture, then wastes least. LLaVA-NeXT and transformers.
 * - `least-padding`: the largest share of the grid is picture. The released AutoPrune code (its
 *   `select_best_resolution` differs from LLaVA's); for `--reference`.
 */
export type GridChoice = 'most-pixels' | 'least-padding';

/**
 * The grid size that suits a picture best.
 *
 * @param pinpoints  sizes in pixels, not empty
 * @throws ARGUMENT_INVALID when there is none
 */
export function selectBestResolution(
  picture: Extent,
  pinpoints: readonly Extent[],
  choice: GridChoice = 'most-pixels',
): Extent {
  let best: { resolution: Extent; gain: number; wasted: number } | undefined;
  for (const resolution of pinpoints) {
    const area = resolution.width * resolution.height;
    const scale = Math.min(resolution.width / picture.width, resolution.height / picture.height);
    const shown = Math.trunc(picture.width * scale) * Math.trunc(picture.height * scale);
    const kept = Math.min(shown, picture.width * picture.height);
    const gain = choice === 'most-pixels' ? kept : shown / area;
    const wasted = choice === 'most-pixels' ? area - kept : 0;
    if (!best || gain > best.gain || (gain === best.gain && wasted < best.wasted)) {
      best = { resolution, gain, wasted };
    }
  }
  if (!best) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      'Expected at least one grid size in pinpoints but received none',
    );
  }
  return best.resolution;
}
