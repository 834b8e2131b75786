import { fitSchedule, slopeOf } from '@autoprune/core';
import { ask, type Report, type ServedModel, servedModel } from './api.js';
import { byId, PictureField, Slider } from './controls.js';
import { drawCurve } from './curve.js';
import { Panel } from './panel.js';

const problem = (message: string): void => {
  byId('problem').textContent = message;
};
const panels = [new Panel(), new Panel()] as const;
byId('panels').append(...panels.map(({ root }) => root));
const picture = new PictureField(problem);
const keyField = byId<HTMLInputElement>('key');
const selects = [0, 1].map((index) => byId<HTMLSelectElement>(`method-${index}`));

let model: ServedModel | undefined;
let stop: AbortController | undefined;

const budget = new Slider('budget', String, updateCurve);
const slope = new Slider('slope', (value) => value.toFixed(3), updateCurve);
const complexity = new Slider(
  'complexity',
  (value) => value.toFixed(2),
  () => {
    slope.value = slopeOf(complexity.value);
    updateCurve();
  },
);
const layer = new Slider('layer', String, showLayer);

function visualTokens(): number {
  return panels[0].report?.layers[0]?.entering ?? model!.autoprune.grid ** 2;
}

function updateCurve(): void {
  if (!model) return;
  const tokens = visualTokens();
  const textTokens = panels[0].report?.tokens?.text;
  const schedule = fitSchedule({
    visualTokens: tokens,
    geometry: model.autoprune.geometry,
    slope: slope.value,
    budget: { kind: 'meanLeaving', value: budget.value },
    ...(textTokens === undefined ? {} : { textTokens }),
  });
  drawCurve(
    byId('curve'),
    schedule,
    tokens,
    panels.map(({ report }) => report),
  );
  byId('curve-text').textContent =
    `Plan: ${schedule.meanEntering.toFixed(1)} tokens enter a layer and ${schedule.meanLeaving.toFixed(1)} leave it on average, for ${(100 * schedule.flopsRatio).toFixed(1)} % of the prefill FLOPs.`;
}

function showLayer(): void {
  if (model) for (const panel of panels) panel.showLayer(model.autoprune, layer.value);
}

/** Moves the sliders to what the model measured. */
function followReport({ method }: Report): void {
  if (method.complexity !== undefined) {
    complexity.setMax(Math.max(2, Math.ceil(method.complexity)));
    complexity.value = method.complexity;
  }
  if (method.slope !== undefined) slope.value = method.slope;
}

async function askBoth(signal: AbortSignal): Promise<void> {
  const served = model ?? (await connect());
  if (picture.url === undefined) throw new Error('Choose a picture first');
  const url = picture.url;
  const text = byId<HTMLTextAreaElement>('question').value;
  const answers = panels.map((panel, index) => {
    const method = selects[index]!.value;
    panel.begin(method, url);
    return ask(
      { model: served.id, text, picture: url, method, targetTokens: budget.value },
      keyField.value,
      signal,
      {
        text: (piece) => panel.write(piece),
        report: (report) => {
          panel.setReport(report);
          followReport(report);
          layer.setMax(report.layers.length - 1);
          updateCurve();
          showLayer();
        },
      },
    );
  });
  await Promise.all(answers);
}

async function connect(): Promise<ServedModel> {
  const served = await servedModel(keyField.value);
  model = served;
  byId('model').textContent = served.id;
  const { grid, methods, geometry } = served.autoprune;
  for (const [index, select] of selects.entries()) {
    select.replaceChildren(
      ...methods.map(({ name, title }) => new Option(`${name}: ${title}`, name)),
    );
    select.value = ['autoprune', 'none'][index]!;
  }
  budget.setMax(grid ** 2);
  budget.value = Math.round((grid ** 2 * 2) / 9);
  slope.value = slopeOf(complexity.value);
  layer.setMax(geometry.layers - 1);
  layer.value = Math.floor(geometry.layers / 2);
  updateCurve();
  return served;
}

byId('ask').addEventListener('submit', (event) => {
  event.preventDefault();
  stop?.abort();
  const mine = new AbortController();
  stop = mine;
  problem('');
  byId<HTMLButtonElement>('stop').disabled = false;
  askBoth(mine.signal)
    .catch((error: Error) => {
      mine.abort();
      if (error.name !== 'AbortError') problem(error.message);
    })
    .finally(() => {
      if (stop === mine) byId<HTMLButtonElement>('stop').disabled = true;
    });
});
byId('stop').addEventListener('click', () => stop?.abort());

connect().catch((error: Error) => {
  byId<HTMLDetailsElement>('connection').open = true;
  problem(error.message);
});
