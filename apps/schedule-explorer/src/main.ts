import { fitSchedule, type Schedule } from '@autoprune/core';

const form = document.querySelector<HTMLFormElement>('#form')!;
const plot = document.querySelector<SVGElement>('#plot')!;
const summary = document.querySelector('#summary')!;
const error = document.querySelector('#error')!;

/** Draws the tokens entering each layer as bars. */
function draw({ entering }: Schedule, visualTokens: number): void {
  const width = 640 / entering.length;
  plot.innerHTML = entering
    .map((tokens, layer) => {
      const height = (tokens / visualTokens) * 240;
      const x = (layer * width + 1).toFixed(1);
      return `<rect x="${x}" y="${250 - height}" width="${width - 2}" height="${height}" fill="#0969da"><title>layer ${layer}: ${tokens}</title></rect>`;
    })
    .join('');
}

function update(): void {
  const value = (id: string): number =>
    Number(form.querySelector<HTMLInputElement>(`#${id}`)!.value);
  for (const input of form.querySelectorAll('input')) {
    (input.nextElementSibling as HTMLOutputElement).value = input.value;
  }
  try {
    const visualTokens = value('visualTokens');
    const schedule = fitSchedule({
      visualTokens,
      complexity: value('complexity'),
      x0: value('x0'),
      budget: { kind: 'meanLeaving', value: value('targetTokens') },
    });
    draw(schedule, visualTokens);
    summary.textContent = `slope ${schedule.slope.toFixed(3)}, mean entering ${schedule.meanEntering.toFixed(1)}, mean leaving ${schedule.meanLeaving.toFixed(1)}, prefill FLOPs ${(100 * schedule.flopsRatio).toFixed(1)} % of unpruned`;
    error.textContent = '';
  } catch (problem) {
    error.textContent = (problem as Error).message;
  }
}

form.addEventListener('input', update);
update();
