import { AutopruneError, type PrunerRun, type SignalRequest, signalKey } from '@autoprune/core';

/** What a run wants of the vision tower. */
export interface VisionWants {
  /** A method acts before the projector. */
  readonly atOutput: boolean;
  /** A method acts inside the tower. */
  readonly inside: boolean;
  /** The attention that travels with the rows. */
  readonly saliency: boolean;
  /** Everything else, each once. */
  readonly signals: readonly SignalRequest[];
}

const TOWER_KINDS: readonly SignalRequest['kind'][] = ['features', 'tower-keys', 'tower-queries'];

/**
 * What the methods of a run ask of the tower.
 *
 * @throws SIGNAL_UNSUPPORTED for embeddings of CLIP's text tower, which no LLaVA checkpoint holds
 */
export function visionWants({ sites }: PrunerRun): VisionWants {
  const requests = sites.flatMap(({ signals, ruleSignals = [] }) => [...signals, ...ruleSignals]);
  const embeddings = requests.find(
    ({ kind }) => kind === 'image-embeddings' || kind === 'question-embeddings',
  );
  if (embeddings) {
    throw new AutopruneError(
      'SIGNAL_UNSUPPORTED',
      "The method compares patches with the question in CLIP's joint space, but LLaVA checkpoints hold no text tower to embed the question with; divprune and scope choose diverse tokens without one",
      { kind: embeddings.kind },
    );
  }
  const signals = requests.filter(
    ({ kind, layer }) => TOWER_KINDS.includes(kind) || (kind === 'saliency' && layer !== undefined),
  );
  const blocks = sites.flatMap(({ site }) => (site.kind === 'vision' ? [site.block] : []));
  return {
    atOutput: blocks.includes('output'),
    inside: blocks.some((block) => block !== 'output'),
    saliency: requests.some(({ kind, layer }) => kind === 'saliency' && layer === undefined),
    signals: [...new Map(signals.map((request) => [signalKey(request), request])).values()],
  };
}
