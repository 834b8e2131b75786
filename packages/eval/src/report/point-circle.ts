import type { CostPoint } from './cost-points.js';
import { escapeHtml } from './escape-html.js';
import { at, type Frame } from './plot-frame.js';

/** A run as SVG, with what it says under the pointer; one that is not `isFront` is drawn in the background. */
export function pointCircle(
  frame: Frame,
  { label, x, y }: CostPoint,
  radius: number,
  isFront: boolean,
): string {
  const kind = isFront ? '' : ' class="beaten"';
  const title = escapeHtml(`${label}: ${y.toFixed(2)} at ${x.toFixed(1)} %`);
  return `<circle${kind} cx="${at(frame.left(x))}" cy="${at(frame.top(y))}" r="${radius}"><title>${title}</title></circle>`;
}
