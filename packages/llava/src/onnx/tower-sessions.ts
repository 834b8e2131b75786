import type { WeightSource } from '../families/family.js';
import type { ModelConfig } from '../families/model-config.js';
import type { Graph } from './graph-builder.js';
import {
  towerAttentionGraph,
  towerEmbeddingGraph,
  towerMixGraph,
  towerMlpGraph,
  towerProjectionGraph,
} from './graphs/tower-parts.js';
import type { GraphSession } from './session.js';

/** Makes a session; the maker frees it with the model. */
export type SessionMaker = (name: string, graph: () => Graph) => Promise<GraphSession>;

/** The tower in parts. Each session is made when a method first needs it: most never look inside. */
export class TowerSessions {
  private readonly made = new Map<string, Promise<GraphSession>>();

  constructor(
    private readonly config: ModelConfig,
    private readonly weights: WeightSource,
    private readonly make: SessionMaker,
  ) {}

  embedding(): Promise<GraphSession> {
    return this.once('tower embedding', () => towerEmbeddingGraph(this.config, this.weights));
  }

  attention(): Promise<GraphSession> {
    return this.once('tower attention', () => towerAttentionGraph(this.config));
  }

  projection(block: number): Promise<GraphSession> {
    return this.block(block, 'projections', towerProjectionGraph);
  }

  mix(block: number): Promise<GraphSession> {
    return this.block(block, 'residual', towerMixGraph);
  }

  mlp(block: number): Promise<GraphSession> {
    return this.block(block, 'MLP', towerMlpGraph);
  }

  private block(
    block: number,
    part: string,
    graph: typeof towerProjectionGraph,
  ): Promise<GraphSession> {
    return this.once(`tower block ${block}, ${part}`, () =>
      graph(this.config, block, this.weights),
    );
  }

  private once(name: string, graph: () => Graph): Promise<GraphSession> {
    let session = this.made.get(name);
    if (!session) {
      session = this.make(name, graph);
      this.made.set(name, session);
    }
    return session;
  }
}
