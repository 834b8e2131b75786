import type { ModelConfig } from '../../families/model-config.js';
import { type Graph, GraphBuilder, type Value } from '../graph-builder.js';
import { reshape } from './layers.js';

/** Which of the three attention graphs. */
export interface AttentionVariant {
  /** Gives softmax rows too. */
  readonly probabilities?: boolean;
  /** Looks at the first `visible` rows of the cache only; costs a copy of them. */
  readonly cut?: boolean;
}

/**
 * Causal attention of some rows over a cache; no weights, so that one session serves all layers.
 *
 * Inputs: `query` [heads, q, head], `key` and `value` [kvHeads, capacity, head], `query_index` int32 [q]: the
 * cache row of each query. A query sees the cache up to its own row, which also hides unused capacity.
 * Output `attended` [q, heads · head]. With `probabilities`, inputs `probability_rows` int32 [p] and `columns` int32 [c] and
 * output `probabilities` [heads, p, c]: the softmax rows of those queries, cut to those cache rows. With `cut`, input `visible` int64 [1]: rows
 * of the cache that any query may see.
 */
export function attentionGraph(
  config: ModelConfig,
  { probabilities = false, cut = false }: AttentionVariant = {},
): Graph {
  const { heads, keyValueHeads, headSize } = config.decoder;
  const groups = heads / keyValueHeads;
  const graph = new GraphBuilder(probabilities ? 'attention with probabilities' : 'attention');
  const query = graph.input('query', 'float32', [heads, 'q', headSize]);
  const [key, value] = ['key', 'value'].map((name) =>
    graph.input(name, 'float32', [keyValueHeads, 'capacity', headSize]),
  ) as [Value, Value];
  const index = graph.input('query_index', 'int32', ['q']);

  // Queries of the heads that share a key lie behind one another: no axis for groups is needed, and none that would
  // have keys and values copied.
  const perKey = (x: Value, axes: readonly number[]): Value =>
    groups === 1 ? x : reshape(graph, x, axes);
  const visible = cut ? graph.input('visible', 'int64', [1]) : undefined;
  const [keys, values] = [key, value].map((cache) =>
    visible
      ? graph.node('Slice', [
          cache,
          graph.constant('int64', [0]),
          visible,
          graph.constant('int64', [1]),
        ])
      : cache,
  ) as [Value, Value];
  const length = visible ?? graph.node('Shape', [key], { attributes: { start: 1, end: 2 } });
  const scores = graph.node('FusedMatMul', [perKey(query, [keyValueHeads, -1, headSize]), keys], {
    domain: 'com.microsoft',
    attributes: { transB: 1, alpha: { float: 1 / Math.sqrt(headSize) } },
  });
  const bias = causalBias(graph, length, index);
  const masked = graph.node('Add', [perKey(scores, [heads, -1, 0]), bias]);
  const weights = graph.node('Softmax', [masked], { attributes: { axis: -1 } });
  const mixed = graph.node('MatMul', [perKey(weights, [keyValueHeads, -1, 0]), values]);
  const rowsFirst = graph.node('Transpose', [perKey(mixed, [heads, -1, headSize])], {
    attributes: { perm: [1, 0, 2] },
  });
  graph.output('attended', reshape(graph, rowsFirst, [0, heads * headSize]), 'float32', [
    'q',
    heads * headSize,
  ]);
  if (probabilities) {
    const rows = graph.input('probability_rows', 'int32', ['p']);
    const columns = graph.input('columns', 'int32', ['c']);
    const read = graph.node('Gather', [weights, rows], { attributes: { axis: 1 } });
    const chosen = graph.node('Gather', [read, columns], { attributes: { axis: 2 } });
    graph.output('probabilities', chosen, 'float32', [heads, 'p', 'c']);
  }
  return graph.finish();
}

/** 0 where a query may look, −∞ elsewhere: float32 [q, length]. */
function causalBias(graph: GraphBuilder, length: Value, index: Value): Value {
  const rows = graph.node('Cast', [index], { attributes: { to: 7 } });
  const column = graph.node('Unsqueeze', [rows, graph.constant('int64', [1])]);
  const range = graph.node('Range', [
    graph.constant('int64', [0], []),
    graph.node('Squeeze', [length]),
    graph.constant('int64', [1], []),
  ]);
  const allowed = graph.node('LessOrEqual', [range, column]);
  return graph.node('Where', [
    allowed,
    graph.constant('float32', [0], []),
    graph.constant('float32', [Number.NEGATIVE_INFINITY], []),
  ]);
}
