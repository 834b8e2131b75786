import type { ModelConfig } from '../../families/model-config.js';
import { type Graph, GraphBuilder, type Value } from '../graph-builder.js';
import { reshape } from './layers.js';

/** Which of the three attention graphs. */
export interface AttentionVariant {
  /** Gives the softmax rows too. */
  readonly probabilities?: boolean;
  /** Looks at the first `visible` rows of the cache only; costs a copy of them. */
  readonly cut?: boolean;
}

/**
 * Causal attention of some rows over a cache; no weights, so that one session serves all layers.
 *
 * Inputs: `query` [heads, q, head], `key` and `value` [kvHeads, capacity, head], `query_index` int32 [q]: the
 * cache row of each query. A query sees the cache up to its own row, which also hides unused capacity.
 * Output `attended` [q, heads · head]. With `probabilities`, input `columns` int32 [c] and output
 * `probabilities` [heads, q, c]: the softmax rows cut to those cache rows. With `cut`, input `visible` int64 [1]: rows
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

  // [kvHeads, groups, q, head] against [kvHeads, 1, capacity, head]: the group axis broadcasts.
  const queryShape = graph.node(
    'Concat',
    [
      graph.constant('int64', [keyValueHeads, groups]),
      graph.node('Shape', [query], { attributes: { start: 1, end: 2 } }),
      graph.constant('int64', [headSize]),
    ],
    { attributes: { axis: 0 } },
  );
  const grouped = graph.node('Reshape', [query, queryShape]);
  const axes = graph.constant('int64', [1]);
  const visible = cut ? graph.input('visible', 'int64', [1]) : undefined;
  const start = graph.constant('int64', [0]);
  const [keys, values] = [key, value].map((cache) => {
    const seen = visible ? graph.node('Slice', [cache, start, visible, axes]) : cache;
    return graph.node('Unsqueeze', [seen, axes]);
  }) as [Value, Value];
  const length = visible ?? graph.node('Shape', [key], { attributes: { start: 1, end: 2 } });
  const scores = graph.node('FusedMatMul', [grouped, keys], {
    domain: 'com.microsoft',
    attributes: { transB: 1, alpha: { float: 1 / Math.sqrt(headSize) } },
  });
  const masked = graph.node('Add', [scores, causalBias(graph, length, index)]);
  const weights = graph.node('Softmax', [masked], { attributes: { axis: -1 } });
  const mixed = graph.node('MatMul', [weights, values]);
  const rowsFirst = graph.node('Transpose', [mixed], { attributes: { perm: [2, 0, 1, 3] } });
  graph.output('attended', reshape(graph, rowsFirst, [0, heads * headSize]), 'float32', [
    'q',
    heads * headSize,
  ]);
  if (probabilities) {
    const columns = graph.input('columns', 'int32', ['c']);
    const chosen = graph.node('Gather', [weights, columns], { attributes: { axis: 3 } });
    const shape = graph.node(
      'Concat',
      [
        graph.constant('int64', [heads]),
        graph.node('Shape', [chosen], { attributes: { start: 2, end: 4 } }),
      ],
      { attributes: { axis: 0 } },
    );
    const perHead = graph.node('Reshape', [chosen, shape], { attributes: { allowzero: 1 } });
    graph.output('probabilities', perHead, 'float32', [heads, 'q', 'c']);
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
