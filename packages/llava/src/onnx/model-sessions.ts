import type { StoredTensor } from '../checkpoint/stored-tensor.js';
import type { WeightSource } from '../families/family.js';
import type { ModelConfig } from '../families/model-config.js';
import { attentionGraph } from './graphs/attention.js';
import { completionGraph, projectionGraph } from './graphs/decoder-layer.js';
import { embeddingGraph } from './graphs/embedding.js';
import { finalNormGraph } from './graphs/final-norm.js';
import { headGraph } from './graphs/head.js';
import { projectorGraph } from './graphs/projector.js';
import { visionTowerGraph } from './graphs/vision-tower.js';
import { GraphSession } from './session.js';
import { TowerSessions } from './tower-sessions.js';
import { weightFolder } from './weight-folder.js';

/** How far loading is. */
export interface LoadProgress {
  readonly stage: 'load';
  readonly done: number;
  readonly total: number;
  /** What is being loaded. */
  readonly part: string;
}

/** The sessions of a model. */
export interface ModelSessions {
  readonly vision: GraphSession;
  readonly projector: GraphSession;
  readonly embedding: GraphSession;
  /** One a layer. */
  readonly projections: readonly GraphSession[];
  /** One a layer. */
  readonly completions: readonly GraphSession[];
  /** Shared by all layers: it has no weights. */
  readonly attention: GraphSession;
  readonly head: GraphSession;
  /** Made when a method first asks for attention. */
  attentionWithProbabilities(): Promise<GraphSession>;
  /** The decoder's final norm alone; made when a method first asks for normed rows. */
  finalNorm(): Promise<GraphSession>;
  /** The tower in parts, for methods that look into it. */
  readonly tower: TowerSessions;
  release(): Promise<void>;
}

/** Options of {@link loadSessions}. */
export interface LoadOptions {
  readonly threads: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: LoadProgress) => void;
}

/**
 * Loads every part of a model, one after another; what was loaded is freed again when one fails or the
 * signal aborts.
 */
export async function loadSessions(
  config: ModelConfig,
  weights: WeightSource,
  tensors: Iterable<StoredTensor>,
  options: LoadOptions,
): Promise<ModelSessions> {
  const { folder, locate } = weightFolder(tensors);
  const settings = { folder, threads: options.threads };
  const { layers } = config.decoder;
  const loaded: GraphSession[] = [];
  const total = 5 + 2 * layers;
  const load = async (name: string, graph: () => Uint8Array): Promise<GraphSession> => {
    options.signal?.throwIfAborted();
    options.onProgress?.({ stage: 'load', done: loaded.length, total, part: name });
    const session = await GraphSession.create(name, graph(), settings);
    loaded.push(session);
    // Making a session blocks the thread; let timers and signals in between two.
    await new Promise((resolve) => setImmediate(resolve));
    return session;
  };
  const release = async (): Promise<void> => {
    await Promise.all(loaded.map((session) => session.release()));
  };
  try {
    const vision = await load('vision tower', () => visionTowerGraph(config, weights, locate));
    const projector = await load('projector', () => projectorGraph(config, weights, locate));
    const embedding = await load('embedding', () => embeddingGraph(config, weights, locate));
    const projections: GraphSession[] = [];
    const completions: GraphSession[] = [];
    for (let layer = 0; layer < layers; layer++) {
      const name = `decoder layer ${layer}`;
      projections.push(await load(name, () => projectionGraph(config, layer, weights, locate)));
      completions.push(await load(name, () => completionGraph(config, layer, weights, locate)));
    }
    const head = await load('output head', () => headGraph(config, weights, locate));
    const attention = await load('attention', () => attentionGraph(config, false));
    options.onProgress?.({ stage: 'load', done: total, total, part: 'done' });
    let probabilities: Promise<GraphSession> | undefined;
    let norm: Promise<GraphSession> | undefined;
    return {
      vision,
      projector,
      embedding,
      projections,
      completions,
      attention,
      head,
      attentionWithProbabilities: () => {
        probabilities ??= load('attention with signals', () => attentionGraph(config, true));
        return probabilities;
      },
      finalNorm: () => {
        norm ??= load('final norm', () => finalNormGraph(config, weights, locate));
        return norm;
      },
      tower: new TowerSessions(config, weights, locate, load),
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}
