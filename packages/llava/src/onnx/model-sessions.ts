import type { WeightSource } from '../families/family.js';
import type { ModelConfig } from '../families/model-config.js';
import type { ModelWeights } from '../precision/quantized-weights.js';
import { breathe } from '../runtime/breathe.js';
import { createSession } from './create-session.js';
import type { Graph } from './graph-builder.js';
import { attentionGraph } from './graphs/attention.js';
import { completionGraph, projectionGraph } from './graphs/decoder-layer.js';
import { embeddingGraph } from './graphs/embedding.js';
import { finalNormGraph } from './graphs/final-norm.js';
import { headGraph } from './graphs/head.js';
import { projectorGraph } from './graphs/projector.js';
import { visionTowerGraph } from './graphs/vision-tower.js';
import { NativeDecoder, suitsNativeDecoder } from './native-decoder.js';
import type { GraphSession } from './session.js';
import { sessionChoice } from './session-choice.js';
import { TowerSessions } from './tower-sessions.js';

/** How far loading is. */
export interface LoadProgress {
  readonly stage: 'load';
  readonly done: number;
  readonly total: number;
  /** What is being loaded. */
  readonly part: string;
}

/** The sessions of one decoder layer. */
export interface LayerSessions {
  readonly projection: GraphSession;
  readonly completion: GraphSession;
}

/** Sessions without weights, shared by all layers. */
export interface AttentionSessions {
  readonly attention: GraphSession;
  /** Of a block of a long prompt; made when there is one. */
  attentionOfBlock(): Promise<GraphSession>;
  /** Made when a method first asks for attention. */
  attentionWithProbabilities(): Promise<GraphSession>;
}

/** The sessions of a model. */
export interface ModelSessions extends AttentionSessions {
  readonly vision: GraphSession;
  readonly projector: GraphSession;
  readonly embedding: GraphSession;
  readonly layers: readonly LayerSessions[];
  /** For one row at a time; the same as `layers` where there are no others. */
  readonly decodeLayers: readonly LayerSessions[];
  /** The addon's own for one row at a time, where the weights for that are apart and the addon takes them. */
  readonly decoder: NativeDecoder | undefined;
  readonly head: GraphSession;
  /** The decoder's final norm alone; made when a method first asks for normed rows. */
  finalNorm(): Promise<GraphSession>;
  /** The tower in parts, for methods that look into it. */
  readonly tower: TowerSessions;
  release(): Promise<void>;
}

/** Options of {@link loadSessions}. */
export interface SessionOptions {
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
}

/**
 * Loads every part of a model, one after another; what was loaded is freed again when one fails or the
 * signal aborts.
 */
export async function loadSessions(
  config: ModelConfig,
  { prefill, decode }: ModelWeights,
  options: SessionOptions,
): Promise<ModelSessions> {
  const layerCount = config.decoder.layers;
  const loaded: { release(): Promise<void> }[] = [];
  const { addon } = sessionChoice();
  const own =
    addon && decode && suitsNativeDecoder(config.decoder, decode) ? { addon, decode } : undefined;
  const total = 5 + 2 * layerCount * (decode && !own ? 2 : 1) + (own ? 1 : 0);
  const report = (part: string, done = loaded.length): void =>
    options.onProgress?.({ stage: 'load', done, total, part });
  const create = async (name: string, graph: () => Graph): Promise<GraphSession> => {
    const session = await createSession(name, graph(), options.threads);
    loaded.push(session);
    // Making a session blocks the thread; let timers and signals in between two.
    await breathe();
    return session;
  };
  const load = (name: string, graph: () => Graph): Promise<GraphSession> => {
    options.signal?.throwIfAborted();
    report(name);
    return create(name, graph);
  };
  const loadDecoder = async ({
    addon,
    decode,
  }: NonNullable<typeof own>): Promise<NativeDecoder> => {
    options.signal?.throwIfAborted();
    report('decoder of tokens');
    const decoder = await NativeDecoder.create(addon, config, decode, options.threads);
    loaded.push(decoder);
    return decoder;
  };
  const loadLayers = async (weights: WeightSource): Promise<LayerSessions[]> => {
    const layers: LayerSessions[] = [];
    for (let layer = 0; layer < layerCount; layer++) {
      const name = `decoder layer ${layer}`;
      layers.push({
        projection: await load(name, () => projectionGraph(config, layer, weights)),
        completion: await load(name, () => completionGraph(config, layer, weights)),
      });
    }
    return layers;
  };
  const release = async (): Promise<void> => {
    await Promise.all(loaded.map((session) => session.release()));
  };
  try {
    const vision = await load('vision tower', () => visionTowerGraph(config, prefill));
    const projector = await load('projector', () => projectorGraph(config, prefill));
    const embedding = await load('embedding', () => embeddingGraph(config, prefill));
    const layers = await loadLayers(prefill);
    const decoder = own && (await loadDecoder(own));
    const decodeLayers = decode && !decoder ? await loadLayers(decode) : layers;
    const head = await load('output head', () => headGraph(config, prefill));
    const attention = await load('attention', () => attentionGraph(config));
    report('done', total);
    const lazily = (name: string, graph: () => Graph): (() => Promise<GraphSession>) => {
      let session: Promise<GraphSession> | undefined;
      return () => {
        session ??= create(name, graph);
        return session;
      };
    };
    return {
      vision,
      projector,
      embedding,
      layers,
      decodeLayers,
      decoder,
      attention,
      head,
      attentionOfBlock: lazily('attention of a block', () => attentionGraph(config, { cut: true })),
      attentionWithProbabilities: lazily('attention with signals', () =>
        attentionGraph(config, { probabilities: true }),
      ),
      finalNorm: lazily('final norm', () => finalNormGraph(config, prefill)),
      tower: new TowerSessions(config, prefill, create),
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}
