import {
  AutopruneError,
  type Decision,
  keepRows,
  type PrunerRun,
  type RowMap,
  type SignalReader,
  type SignalRequest,
  type Site,
  signalKey,
} from '@autoprune/core';
import { concatenated } from '../arrays.js';
import type { EncodedTiles, TowerDecision } from './backend.js';
import { encodePictures, hidePadding } from './encode-pictures.js';
import { decisionMap } from './evaluate-decision.js';
import type { ModelContext } from './model-context.js';
import type { PreparedPicture } from './pictures.js';
import type { Stopwatch } from './stopwatch.js';
import { isOutside, towerRows } from './tower-rows.js';
import type { VisionWants } from './vision-wants.js';

const FEATURES: SignalRequest = { kind: 'features' };

function missing(request: SignalRequest, why: string): AutopruneError {
  return new AutopruneError(
    'SIGNAL_MISSING',
    `The runtime has no signal ${signalKey(request)} ${why}`,
    { request },
  );
}

/** Decides inside the tower; saliency is that of the feature block over the rows that enter it. */
function towerDecision(
  model: ModelContext,
  pruner: PrunerRun,
  pictures: readonly PreparedPicture[],
  wants: VisionWants,
  stopwatch: Stopwatch,
): TowerDecision {
  const { featureBlock } = model.files.config.vision;
  const decide: TowerDecision = (block, view) => {
    if (wants.saliency && block === featureBlock) {
      const saliency = view.saliency();
      if (pictures.length === 1 && pruner.rows.contents.every(({ kind }) => kind !== 'merged')) {
        hidePadding(pictures[0]!, saliency, 1);
      }
      pruner.setRows({ ...pruner.rows, saliency });
    }
    const site: Site = { kind: 'vision', block };
    if (!pruner.requestsAt(site)) return undefined;
    const reader: SignalReader = {
      get: (request) => {
        if (request.kind === 'hidden') return view.hidden;
        const values = view.signals.get(signalKey({ ...request, layer: request.layer ?? block }));
        if (!values) throw missing(request, `in tower block ${block}`);
        return values;
      },
    };
    const decision = pruner.decide(site, reader);
    if (!decision) return undefined;
    const map = decisionMap(decision, reader, pruner.rows, view.hidden, model.kernels);
    pruner.apply(map);
    return map;
  };
  return (block, view) => stopwatch.measure(() => decide(block, view));
}

/** Signals and features of the tower's rows, once the tower has run. */
async function runTower(
  model: ModelContext,
  pruner: PrunerRun,
  pictures: readonly PreparedPicture[],
  wants: VisionWants,
  signal: AbortSignal,
  stopwatch: Stopwatch,
): Promise<Pick<EncodedTiles, 'signals' | 'blockRows'>> {
  const { vision } = model.files.config;
  if (wants.inside) {
    pruner.setRows(towerRows(pictures, vision));
    const pixels = concatenated(pictures.map((picture) => picture.pixels));
    const tiles = pictures.reduce((sum, picture) => sum + picture.tiles, 0);
    return model.backend.encode(pixels, tiles, {
      tokens: false,
      saliency: false,
      signals: [FEATURES, ...wants.signals],
      decide: towerDecision(model, pruner, pictures, wants, stopwatch),
      signal,
    });
  }
  const saliency: SignalRequest = { kind: 'saliency', layer: vision.featureBlock };
  const asked = [FEATURES, ...wants.signals, ...(wants.saliency ? [saliency] : [])];
  await encodePictures(model, pictures, { tokens: false, saliency: false, signals: asked }, signal);
  const signals = new Map(
    asked.map((request) => {
      const key = signalKey(request);
      return [key, concatenated(pictures.map(({ encoded }) => encoded!.signals.get(key)!))];
    }),
  );
  const traveling = wants.saliency ? signals.get(signalKey(saliency)) : undefined;
  pruner.setRows(towerRows(pictures, vision, traveling));
  return { signals };
}

/** Features of the rows that leave the tower: takes the decision on its output, else leaves out what has no token. */
function decideAtOutput(
  model: ModelContext,
  pruner: PrunerRun,
  signals: EncodedTiles['signals'],
): Float32Array {
  const { hiddenSize: width, dropCls } = model.files.config.vision;
  const { kernels } = model;
  let features = signals.get(signalKey(FEATURES))!;
  const all = pruner.rows.contents.map((content, row) => ({ content, row }));
  const shown = Int32Array.from(
    all.filter(({ content }) => !isOutside(content)),
    ({ row }) => row,
  );
  const apply = (map: RowMap): void => {
    features = kernels.mapRows(features, width, map);
    pruner.apply(map);
  };
  if (shown.length < all.length) apply(keepRows(all.length, shown));
  const site: Site = { kind: 'vision', block: 'output' };
  let decision: Decision | undefined;
  if (pruner.requestsAt(site)) {
    const reader: SignalReader = {
      get: (request) => {
        if (request.kind === 'features' || request.kind === 'hidden') return features;
        if (request.kind === 'saliency' && request.layer === undefined && pruner.rows.saliency) {
          return pruner.rows.saliency;
        }
        const values = signals.get(signalKey(request));
        const wide = values && values.length / all.length;
        if (!values || !wide || !Number.isInteger(wide)) {
          throw missing(request, 'at the output of the tower, after rows were merged inside it');
        }
        return shown.length < all.length ? kernels.gatherRows(values, wide, shown) : values;
      },
    };
    decision = pruner.decide(site, reader);
    if (decision) apply(decisionMap(decision, reader, pruner.rows, features, kernels));
  }
  if (!decision && dropCls) {
    const patches = pruner.rows.contents.flatMap(({ kind }, row) => (kind === 'cls' ? [] : [row]));
    apply(keepRows(pruner.rows.contents.length, patches));
  }
  return features;
}

/**
 * Runs the tower with the decisions inside it and on its output, and projects what is left.
 *
 * @param stopwatch  gets the time of the decisions
 * @returns tokens float32 [visual rows, width], whose rows are those of the run; what entered each block
 */
export async function decideInTower(
  model: ModelContext,
  pruner: PrunerRun,
  pictures: readonly PreparedPicture[],
  wants: VisionWants,
  signal: AbortSignal,
  stopwatch: Stopwatch,
): Promise<{ tokens: Float32Array } & Pick<EncodedTiles, 'blockRows'>> {
  const { signals, blockRows } = await runTower(model, pruner, pictures, wants, signal, stopwatch);
  const features = stopwatch.measure(() => decideAtOutput(model, pruner, signals));
  const tokens = await model.backend.project(features);
  return { tokens, ...(blockRows ? { blockRows } : {}) };
}
