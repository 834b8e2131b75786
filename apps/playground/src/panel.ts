import type { Report, ServedModel } from './api.js';
import { drawOverlay, placeStates } from './overlay.js';

const whole = new Intl.NumberFormat('en');
const kilobytes = (bytes: number): string => `${whole.format(Math.round(bytes / 1000))} kB`;

function rowsOf({ cost, timings, method }: Report): [string, string][] {
  return [
    ['Mean entering a layer', cost.meanEntering.toFixed(1)],
    ['Mean leaving a layer', cost.meanLeaving.toFixed(1)],
    ['Prefill FLOPs', `${(100 * cost.flopsRatio).toFixed(1)} % of unpruned`],
    ['Cache', `${kilobytes(cost.kvBytes)} of ${kilobytes(cost.kvBytesUnpruned)}`],
    ...(timings
      ? [
          ['First token', `${timings.firstTokenMs.toFixed(0)} ms`] as [string, string],
          ['of it pruning', `${timings.pruningMs.toFixed(1)} ms`] as [string, string],
        ]
      : []),
    ...(method.slope === undefined
      ? []
      : [
          ['Complexity', `${method.complexity?.toFixed(2)} bits`] as [string, string],
          ['Slope', method.slope.toFixed(3)] as [string, string],
        ]),
  ];
}

function element(name: string, className: string, text = ''): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

/** One method's answer, what it kept and what it cost. */
export class Panel {
  report: Report | undefined;
  readonly root = element('article', 'panel');
  private readonly title = element('h3', '');
  private readonly answer = element('p', 'answer');
  private readonly shown = element('p', 'shown');
  private readonly table = document.createElement('table');
  private picture = '';

  constructor() {
    this.answer.setAttribute('aria-live', 'polite');
    this.root.hidden = true;
  }

  /** Clears the panel for a new answer. */
  begin(method: string, picture: string): void {
    this.report = undefined;
    this.picture = picture;
    this.title.textContent = method;
    this.answer.textContent = '';
    this.shown.textContent = '';
    this.table.replaceChildren();
    this.root.replaceChildren(this.title, this.answer, this.shown, this.table);
    this.root.hidden = false;
  }

  write(piece: string): void {
    this.answer.textContent += piece;
  }

  /** Shows what an answer cost. */
  setReport(report: Report): void {
    this.report = report;
    this.table.replaceChildren(
      ...rowsOf(report).map(([what, value]) => {
        const row = document.createElement('tr');
        const heading = element('th', '', what);
        heading.setAttribute('scope', 'row');
        row.append(heading, element('td', '', value));
        return row;
      }),
    );
  }

  /** Shows what is left after a layer, once the answer is complete. */
  showLayer(model: ServedModel['autoprune'], layer: number): void {
    const after = this.report?.layers[layer];
    if (!after?.kept) return;
    const states = placeStates(after.kept);
    const drawing = drawOverlay(model, this.picture, states);
    const text = `${after.leaving} of ${this.report!.layers[0]!.entering} tokens left after layer ${layer}: ${states.kept.size} places kept, ${states.merged.size} merged`;
    drawing.setAttribute('aria-label', text);
    this.shown.textContent = text;
    this.root.querySelector('.overlay')?.remove();
    this.shown.before(drawing);
  }
}
