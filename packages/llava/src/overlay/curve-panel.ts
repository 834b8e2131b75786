import type { PruneReport } from '../runtime/result.js';
import { PALETTE } from './palette.js';
import type { Box } from './patch-grid.js';
import { textPath } from './text-path.js';

/** A step curve of the visual tokens that enter each layer, against the unpruned count. */
export function curvePanel(layers: PruneReport['layers'], box: Box): string {
  const { x, y, width, height } = box;
  const most = Math.max(...layers.map(({ entering }) => entering), 1);
  const step = width / layers.length;
  const level = (tokens: number): number => y + height - (tokens / most) * height;
  let line = '';
  layers.forEach(({ entering }, index) => {
    const top = level(entering).toFixed(2);
    line += `${index === 0 ? 'M' : 'L'}${(x + index * step).toFixed(2)} ${top}H${(x + (index + 1) * step).toFixed(2)}`;
  });
  const bottom = y + height;
  const area = `${line}V${bottom}H${x}z`;
  const label = (text: string, at: number, baseline: number, anchor: 'start' | 'middle' | 'end') =>
    textPath(text, { x: at, y: baseline, size: 12, fill: PALETTE.quiet, anchor });
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${PALETTE.wash}"/>`,
    `<path d="${area}" fill="${PALETTE.accent}" fill-opacity="0.16"/>`,
    `<path d="${line}" fill="none" stroke="${PALETTE.accent}" stroke-width="2" stroke-linejoin="round"/>`,
    `<path d="M${x} ${bottom}H${x + width}" stroke="${PALETTE.quiet}" stroke-width="1"/>`,
    label(String(most), x - 6, y + 10, 'end'),
    label('0', x - 6, bottom, 'end'),
    label('layer 0', x, bottom + 17, 'start'),
    label(`layer ${layers.length - 1}`, x + width, bottom + 17, 'end'),
  ].join('');
}
