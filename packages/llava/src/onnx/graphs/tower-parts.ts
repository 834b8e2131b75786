import type { WeightSource } from '../../families/family.js';
import type { ModelConfig } from '../../families/model-config.js';
import { type Graph, GraphBuilder, type Value } from '../graph-builder.js';
import { reshape } from './layers.js';
import { towerBlock, towerEmbedding } from './tower-layers.js';

// The CLIP tower in parts, for methods that look into it or change its rows on the way; `vision-tower.ts` is the
// same tower in one graph.

/** Patch embedding with positions. Input `pixels` [tiles, 3, size, size], output `rows` [tiles · rows, width], CLS first. */
export function towerEmbeddingGraph(config: ModelConfig, weights: WeightSource): Graph {
  const { hiddenSize, imageSize } = config.vision;
  const graph = new GraphBuilder('tower embedding');
  const pixels = graph.input('pixels', 'float32', ['tiles', 3, imageSize, imageSize]);
  const rows = towerEmbedding(graph, config, weights, pixels);
  graph.output('rows', rows, 'float32', ['rows', hiddenSize]);
  return graph.finish();
}

/** Queries, keys and values of a block: input `hidden` [n, width], outputs `query`, `key`, `value` [n, width]. */
export function towerProjectionGraph(
  config: ModelConfig,
  block: number,
  weights: WeightSource,
): Graph {
  const { hiddenSize } = config.vision;
  const graph = new GraphBuilder(`tower block ${block}, projections`);
  const hidden = graph.input('hidden', 'float32', ['n', hiddenSize]);
  const projected = towerBlock(graph, config, block, weights).projections(hidden);
  for (const [name, value] of Object.entries(projected)) {
    graph.output(name, value, 'float32', ['n', hiddenSize]);
  }
  return graph.finish();
}

/**
 * Attention of one tile, without weights: inputs `query`, `key`, `value` [n, width] and `bias` [n], added to the logits
 * of each key; output `attended` [n, width].
 */
export function towerAttentionGraph(config: ModelConfig): Graph {
  const { hiddenSize, heads } = config.vision;
  const headSize = hiddenSize / heads;
  const graph = new GraphBuilder('tower attention');
  const [query, key, value] = ['query', 'key', 'value'].map((name) => {
    const rows = graph.input(name, 'float32', ['n', hiddenSize]);
    return graph.node('Transpose', [reshape(graph, rows, [-1, heads, headSize])], {
      attributes: { perm: [1, 0, 2] },
    });
  }) as [Value, Value, Value];
  const bias = graph.input('bias', 'float32', ['n']);
  const scores = graph.node('FusedMatMul', [query, key], {
    domain: 'com.microsoft',
    attributes: { transB: 1, alpha: { float: 1 / Math.sqrt(headSize) } },
  });
  const shares = graph.node('Softmax', [graph.node('Add', [scores, bias])], {
    attributes: { axis: -1 },
  });
  const mixed = graph.node('Transpose', [graph.node('MatMul', [shares, value])], {
    attributes: { perm: [1, 0, 2] },
  });
  const rows = reshape(graph, mixed, [-1, hiddenSize]);
  graph.output('attended', rows, 'float32', ['n', hiddenSize]);
  return graph.finish();
}

/** Output projection and residual: inputs `hidden` and `attended` [n, width], output `mixed` [n, width]. */
export function towerMixGraph(config: ModelConfig, block: number, weights: WeightSource): Graph {
  const { hiddenSize } = config.vision;
  const graph = new GraphBuilder(`tower block ${block}, residual`);
  const hidden = graph.input('hidden', 'float32', ['n', hiddenSize]);
  const attended = graph.input('attended', 'float32', ['n', hiddenSize]);
  const mixed = towerBlock(graph, config, block, weights).mix(hidden, attended);
  graph.output('mixed', mixed, 'float32', ['n', hiddenSize]);
  return graph.finish();
}

/** MLP and residual of a block: input `mixed` [n, width], output `out` [n, width]. */
export function towerMlpGraph(config: ModelConfig, block: number, weights: WeightSource): Graph {
  const { hiddenSize } = config.vision;
  const graph = new GraphBuilder(`tower block ${block}, MLP`);
  const mixed = graph.input('mixed', 'float32', ['n', hiddenSize]);
  const out = towerBlock(graph, config, block, weights).mlp(mixed);
  graph.output('out', out, 'float32', ['n', hiddenSize]);
  return graph.finish();
}
