import type { WeightSource } from '../../families/family.js';
import type { ModelConfig } from '../../families/model-config.js';
import { type Graph, GraphBuilder, type Value } from '../graph-builder.js';
import { linear, reshape, rmsNorm } from './layers.js';

/**
 * First half of a decoder layer: norm, query, key and value projections, rotary embedding.
 *
 * Queries are made for the rows `query_rows` and keys and values for `key_rows`, either of which may be
 * empty: a row that a cut drops needs its key and value but not its query (docs/decisions/0005).
 *
 * Inputs: `hidden` [n, width], `query_rows` int32 [q], `key_rows` int32 [k], and cosines and sines of
 * their positions, [q, head / 2] and [k, head / 2]. Outputs `query` [heads, q, head], `key` and `value`
 * [kvHeads, k, head].
 */
export function projectionGraph(config: ModelConfig, layer: number, weights: WeightSource): Graph {
  const { hiddenSize, heads, keyValueHeads, headSize, normEpsilon } = config.decoder;
  const graph = new GraphBuilder(`layer ${layer}, projections`);
  const hidden = graph.input('hidden', 'float32', ['n', hiddenSize]);
  const norm = weights.decoderLayer(layer, 'input_layernorm', [hiddenSize]);
  const rowsOf = (input: string): Value => {
    const rows = graph.input(input, 'int32', [`${input}_count`]);
    const gathered = graph.node('Gather', [hidden, rows], { attributes: { axis: 0 } });
    return rmsNorm(graph, gathered, norm, normEpsilon);
  };
  const project = (x: Value, part: string, count: number): Value => {
    const matrix = weights.decoderLayer(layer, part, [count * headSize, hiddenSize]);
    return reshape(graph, linear(graph, x, { weight: matrix }), [0, count, headSize]);
  };
  const rotations = (name: string, rows: string): [cos: Value, sin: Value] => {
    const axes = graph.constant('int64', [1]);
    return ['cos', 'sin'].map((part) => {
      const table = graph.input(`${name}_${part}`, 'float32', [`${rows}_count`, headSize / 2]);
      return graph.node('Unsqueeze', [table, axes]);
    }) as [Value, Value];
  };
  const headsFirst = (x: Value): Value =>
    graph.node('Transpose', [x], { attributes: { perm: [1, 0, 2] } });

  const queryRows = rowsOf('query_rows');
  const keyRows = rowsOf('key_rows');
  const query = rotate(
    graph,
    project(queryRows, 'self_attn.q_proj', heads),
    rotations('query', 'query_rows'),
  );
  const key = rotate(
    graph,
    project(keyRows, 'self_attn.k_proj', keyValueHeads),
    rotations('key', 'key_rows'),
  );
  const value = project(keyRows, 'self_attn.v_proj', keyValueHeads);
  graph.output('query', headsFirst(query), 'float32', [heads, 'q', headSize]);
  graph.output('key', headsFirst(key), 'float32', [keyValueHeads, 'k', headSize]);
  graph.output('value', headsFirst(value), 'float32', [keyValueHeads, 'k', headSize]);
  return graph.finish();
}

/** Rotary embedding of x [rows, heads, head]: halves rotated by cosines and sines [rows, 1, head / 2]. */
function rotate(graph: GraphBuilder, x: Value, [cos, sin]: [Value, Value]): Value {
  const [first, second] = graph.nodeWithOutputs('Split', [x], 2, {
    attributes: { axis: -1, num_outputs: 2 },
  }) as [Value, Value];
  const times = (a: Value, b: Value): Value => graph.node('Mul', [a, b]);
  const left = graph.node('Sub', [times(first, cos), times(second, sin)]);
  const right = graph.node('Add', [times(second, cos), times(first, sin)]);
  return graph.node('Concat', [left, right], { attributes: { axis: -1 } });
}

/**
 * Second half of a decoder layer, for the rows that live on: output projection, residual, norm, gated MLP,
 * residual.
 *
 * Inputs: `hidden` [n, width], `rows` int32 [r], `attended` [r, heads · head]. Output `out` [r, width].
 */
export function completionGraph(config: ModelConfig, layer: number, weights: WeightSource): Graph {
  const { hiddenSize, intermediateSize, heads, headSize, normEpsilon } = config.decoder;
  const graph = new GraphBuilder(`layer ${layer}, completion`);
  const matrix = (x: Value, part: string, out: number, width: number): Value =>
    linear(graph, x, { weight: weights.decoderLayer(layer, part, [out, width]) });
  const hidden = graph.input('hidden', 'float32', ['n', hiddenSize]);
  const rows = graph.input('rows', 'int32', ['r']);
  const attended = graph.input('attended', 'float32', ['r', heads * headSize]);
  const residual = graph.node('Gather', [hidden, rows], { attributes: { axis: 0 } });
  const mixed = matrix(attended, 'self_attn.o_proj', hiddenSize, heads * headSize);
  const middle = graph.node('Add', [residual, mixed]);
  const norm = weights.decoderLayer(layer, 'post_attention_layernorm', [hiddenSize]);
  const normed = rmsNorm(graph, middle, norm, normEpsilon);
  const gate = graph.node(
    'QuickGelu',
    [matrix(normed, 'mlp.gate_proj', intermediateSize, hiddenSize)],
    {
      domain: 'com.microsoft',
      // SiLU is the sigmoid-gated unit at alpha 1.
      attributes: { alpha: { float: 1 } },
    },
  );
  const up = matrix(normed, 'mlp.up_proj', intermediateSize, hiddenSize);
  const gated = graph.node('Mul', [gate, up]);
  const out = graph.node('Add', [
    middle,
    matrix(gated, 'mlp.down_proj', hiddenSize, intermediateSize),
  ]);
  graph.output('out', out, 'float32', ['r', hiddenSize]);
  return graph.finish();
}
