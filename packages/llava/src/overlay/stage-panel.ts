import type { TracedRow } from '../runtime/result.js';
import { PALETTE } from './palette.js';
import type { Box, PatchGrid } from './patch-grid.js';
import { patchStates } from './patch-states.js';

/** How strongly the picture shines through where a patch was dropped or merged. */
const DROPPED_VEIL = 0.84;
const MERGED_VEIL = 0.45;
const UNSEEN_VEIL = 0.93;

function rectangle({ x, y, width, height }: Box): string {
  return `M${x.toFixed(2)} ${y.toFixed(2)}h${width.toFixed(2)}v${height.toFixed(2)}h${(-width).toFixed(2)}z`;
}

function veil(data: string, opacity: number): string {
  return data === ''
    ? ''
    : `<path d="${data}" fill="${PALETTE.paper}" fill-opacity="${opacity}" shape-rendering="crispEdges"/>`;
}

/**
 * What a stage left of one picture: dropped patches veiled, kept ones clear, merged ones half veiled with an outline
 * for each merged row.
 *
 * @param tokens  visual tokens of the picture
 */
export function stagePanel(
  href: string,
  grid: PatchGrid,
  rows: readonly TracedRow[],
  image: number,
  tokens: number,
): string {
  const { kept, group, groupCount } = patchStates(rows, image, tokens);
  const { x, y, width, height } = grid.box;
  let dropped = '';
  let merged = '';
  for (let cell = 0; cell < grid.cells; cell++) {
    const box = grid.cell(cell);
    const token = grid.token(cell);
    if (box.width <= 0 || box.height <= 0 || kept[token]) continue;
    if (group[token]! >= 0) merged += rectangle(box);
    else dropped += rectangle(box);
  }
  const outlines = Array.from({ length: groupCount }, (_, index) => {
    const colour = PALETTE.groups[index % PALETTE.groups.length]!;
    const data = grid.outline((cell) => group[grid.token(cell)] === index);
    return `<path d="${data}" stroke="${PALETTE.paper}" stroke-width="4" stroke-linecap="round"/><path d="${data}" stroke="${colour}" stroke-width="2" stroke-linecap="round"/>`;
  }).join('');
  const seen = grid.seen();
  const unseen = `${rectangle(grid.box)}${rectangle(seen)}`;
  return [
    `<image href="${href}" x="${x}" y="${y}" width="${width}" height="${height}" preserveAspectRatio="none"/>`,
    `<path d="${unseen}" fill-rule="evenodd" fill="${PALETTE.paper}" fill-opacity="${UNSEEN_VEIL}"/>`,
    veil(dropped, DROPPED_VEIL),
    veil(merged, MERGED_VEIL),
    `<path d="${grid.outline((cell) => kept[grid.token(cell)] === 1)}" stroke="${PALETTE.ink}" stroke-opacity="0.55" stroke-width="1" stroke-linecap="round"/>`,
    outlines,
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="none" stroke="${PALETTE.rule}"/>`,
  ].join('');
}
