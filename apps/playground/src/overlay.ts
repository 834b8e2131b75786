import type { KeptRow, ServedModel } from './api.js';
import { svg } from './svg.js';

/** How the square that the model sees is cut out of a picture. */
const FIT = { crop: 'xMidYMid slice', pad: 'xMidYMid meet', anyres: 'none' } as const;

/** What became of the places of a picture after a layer. */
export interface PlaceStates {
  readonly kept: ReadonlySet<number>;
  readonly merged: ReadonlySet<number>;
}

/** Sorts the rows of a layer; where places were merged, none of them is there by itself. */
export function placeStates(rows: readonly KeptRow[]): PlaceStates {
  const kept = new Set<number>();
  const merged = new Set<number>();
  for (const row of rows) {
    if (typeof row === 'number') kept.add(row);
    else if (row !== null && 'merged' in row) for (const place of row.merged) merged.add(place);
  }
  return { kept, merged };
}

/** Draws a picture as the model sees it, with what was dropped paled out. Of tiled pictures the whole view is drawn. */
export function drawOverlay(
  { grid, imageMode }: ServedModel['autoprune'],
  picture: string,
  { kept, merged }: PlaceStates,
): SVGElement {
  const drawing = svg('svg', { class: 'overlay', viewBox: `0 0 ${grid} ${grid}`, role: 'img' });
  const image = svg('image', {
    href: picture,
    width: grid,
    height: grid,
    preserveAspectRatio: FIT[imageMode],
  });
  const places = Array.from({ length: grid * grid }, (_, place) => {
    const state = kept.has(place) ? 'kept' : merged.has(place) ? 'merged' : 'dropped';
    return svg('rect', {
      class: state,
      x: place % grid,
      y: Math.floor(place / grid),
      width: 1,
      height: 1,
    });
  });
  drawing.append(image, ...places);
  return drawing;
}
