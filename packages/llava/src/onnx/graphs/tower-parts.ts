import type { WeightSource } from '../../families/family.js';
import { gridSize, type ModelConfig } from '../../families/model-config.js';
import { type Graph, GraphBuilder, type Value } from '../graph-builder.js';
import { layerNorm, linear, reshape, weight } from './layers.js';

// The CLIP tower in parts, for methods that look into it or change its rows on the way; `vision-tower.ts` is the
// same tower in one graph.

/** The weights of a tower block, by the part that they are of. */
function blockParts(
  graph: GraphBuilder,
  config: ModelConfig,
  block: number,
  weights: WeightSource,
) {
  const { hiddenSize, normEpsilon } = config.vision;
  const tensor = (name: string, shape: readonly number[]) =>
    weights.vision(`encoder.layers.${block}.${name}`, shape);
  return {
    norm: (x: Value, name: string): Value =>
      layerNorm(
        graph,
        x,
        {
          weight: tensor(`${name}.weight`, [hiddenSize]),
          bias: tensor(`${name}.bias`, [hiddenSize]),
        },
        normEpsilon,
      ),
    project: (x: Value, part: string, out: number, width: number): Value =>
      linear(graph, x, {
        weight: tensor(`${part}.weight`, [out, width]),
        bias: tensor(`${part}.bias`, [out]),
      }),
  };
}

/** Patch embedding with positions. Input `pixels` [tiles, 3, size, size], output `rows` [tiles · rows, width], CLS first. */
export function towerEmbeddingGraph(config: ModelConfig, weights: WeightSource): Graph {
  const { hiddenSize, patchSize, imageSize, normEpsilon } = config.vision;
  const graph = new GraphBuilder('tower embedding');
  const grid = gridSize(config.vision);
  const tensor = weights.vision;
  const pixels = graph.input('pixels', 'float32', ['tiles', 3, imageSize, imageSize]);
  const kernel = tensor('embeddings.patch_embedding.weight', [hiddenSize, 3, patchSize, patchSize]);
  const patches = graph.node('Conv', [pixels, weight(graph, kernel)], {
    attributes: { strides: [patchSize, patchSize], kernel_shape: [patchSize, patchSize] },
  });
  const flat = graph.node('Transpose', [reshape(graph, patches, [0, hiddenSize, grid * grid])], {
    attributes: { perm: [0, 2, 1] },
  });
  const tiles = graph.node('Shape', [pixels], { attributes: { start: 0, end: 1 } });
  const shape = graph.node('Concat', [tiles, graph.constant('int64', [1, hiddenSize])], {
    attributes: { axis: 0 },
  });
  const cls = weight(graph, tensor('embeddings.class_embedding', [hiddenSize]));
  const embedded = graph.node('Concat', [graph.node('Expand', [cls, shape]), flat], {
    attributes: { axis: 1 },
  });
  const positions = tensor('embeddings.position_embedding.weight', [grid * grid + 1, hiddenSize]);
  const placed = graph.node('Add', [embedded, weight(graph, positions)]);
  const rows = layerNorm(
    graph,
    reshape(graph, placed, [-1, hiddenSize]),
    {
      weight: tensor('pre_layrnorm.weight', [hiddenSize]),
      bias: tensor('pre_layrnorm.bias', [hiddenSize]),
    },
    normEpsilon,
  );
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
  const { norm, project } = blockParts(graph, config, block, weights);
  const normed = norm(graph.input('hidden', 'float32', ['n', hiddenSize]), 'layer_norm1');
  for (const [name, part] of [
    ['query', 'q_proj'],
    ['key', 'k_proj'],
    ['value', 'v_proj'],
  ] as const) {
    const out = project(normed, `self_attn.${part}`, hiddenSize, hiddenSize);
    graph.output(name, out, 'float32', ['n', hiddenSize]);
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
  const { project } = blockParts(graph, config, block, weights);
  const hidden = graph.input('hidden', 'float32', ['n', hiddenSize]);
  const attended = graph.input('attended', 'float32', ['n', hiddenSize]);
  const out = project(attended, 'self_attn.out_proj', hiddenSize, hiddenSize);
  graph.output('mixed', graph.node('Add', [hidden, out]), 'float32', ['n', hiddenSize]);
  return graph.finish();
}

/** MLP and residual of a block: input `mixed` [n, width], output `out` [n, width]. */
export function towerMlpGraph(config: ModelConfig, block: number, weights: WeightSource): Graph {
  const { hiddenSize, intermediateSize, activation } = config.vision;
  const graph = new GraphBuilder(`tower block ${block}, MLP`);
  const { norm, project } = blockParts(graph, config, block, weights);
  const mixed = graph.input('mixed', 'float32', ['n', hiddenSize]);
  const inner = project(norm(mixed, 'layer_norm2'), 'mlp.fc1', intermediateSize, hiddenSize);
  const active =
    activation === 'quick_gelu'
      ? graph.node('QuickGelu', [inner], {
          domain: 'com.microsoft',
          attributes: { alpha: { float: 1.702 } },
        })
      : graph.node('Gelu', [inner]);
  const out = project(active, 'mlp.fc2', hiddenSize, intermediateSize);
  graph.output('out', graph.node('Add', [mixed, out]), 'float32', ['n', hiddenSize]);
  return graph.finish();
}
