import type { WeightSource } from '../../families/family.js';
import { gridSize, type ModelConfig } from '../../families/model-config.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import { layerNorm, linear, reshape, weight } from './layers.js';

// The layers of the CLIP tower, for the whole of it in one graph and for graphs of its parts.

function towerNorm(
  graph: GraphBuilder,
  config: ModelConfig,
  weights: WeightSource,
  x: Value,
  name: string,
): Value {
  const { hiddenSize, normEpsilon } = config.vision;
  return layerNorm(
    graph,
    x,
    {
      weight: weights.vision(`${name}.weight`, [hiddenSize]),
      bias: weights.vision(`${name}.bias`, [hiddenSize]),
    },
    normEpsilon,
  );
}

/** Patches of `pixels` [tiles, 3, size, size] with their positions, normed: [tiles · rows, width], CLS first in each tile. */
export function towerEmbedding(
  graph: GraphBuilder,
  config: ModelConfig,
  weights: WeightSource,
  pixels: Value,
): Value {
  const { hiddenSize, patchSize } = config.vision;
  const patchCount = gridSize(config.vision) ** 2;
  const tensor = weights.vision;
  const kernel = tensor('embeddings.patch_embedding.weight', [hiddenSize, 3, patchSize, patchSize]);
  const patches = graph.node('Conv', [pixels, weight(graph, kernel)], {
    attributes: { strides: [patchSize, patchSize], kernel_shape: [patchSize, patchSize] },
  });
  const flat = graph.node('Transpose', [reshape(graph, patches, [0, hiddenSize, patchCount])], {
    attributes: { perm: [0, 2, 1] },
  });
  const cls = weight(graph, tensor('embeddings.class_embedding', [hiddenSize]));
  const tiles = graph.node('Shape', [pixels], { attributes: { start: 0, end: 1 } });
  const clsShape = graph.node('Concat', [tiles, graph.constant('int64', [1, hiddenSize])], {
    attributes: { axis: 0 },
  });
  const clsRows = graph.node('Expand', [cls, clsShape]);
  const embedded = graph.node('Concat', [clsRows, flat], { attributes: { axis: 1 } });
  const positions = tensor('embeddings.position_embedding.weight', [patchCount + 1, hiddenSize]);
  const placed = graph.node('Add', [embedded, weight(graph, positions)]);
  const rows = reshape(graph, placed, [-1, hiddenSize]);
  return towerNorm(graph, config, weights, rows, 'pre_layrnorm');
}

/** The layers of one block; all take and give [n, width]. */
export function towerBlock(
  graph: GraphBuilder,
  config: ModelConfig,
  block: number,
  weights: WeightSource,
) {
  const { hiddenSize, intermediateSize, activation } = config.vision;
  const name = `encoder.layers.${block}`;
  const norm = (x: Value, part: string): Value =>
    towerNorm(graph, config, weights, x, `${name}.${part}`);
  const project = (x: Value, part: string, out = hiddenSize, width = hiddenSize): Value =>
    linear(graph, x, {
      weight: weights.vision(`${name}.${part}.weight`, [out, width]),
      bias: weights.vision(`${name}.${part}.bias`, [out]),
    });
  return {
    /** Queries, keys and values. */
    projections: (hidden: Value) => {
      const normed = norm(hidden, 'layer_norm1');
      const of = (part: string): Value => project(normed, `self_attn.${part}`);
      return { query: of('q_proj'), key: of('k_proj'), value: of('v_proj') };
    },
    /** Output projection and residual. */
    mix: (hidden: Value, attended: Value): Value =>
      graph.node('Add', [hidden, project(attended, 'self_attn.out_proj')]),
    /** MLP and residual. */
    mlp: (mixed: Value): Value => {
      const inner = project(norm(mixed, 'layer_norm2'), 'mlp.fc1', intermediateSize);
      const active =
        activation === 'quick_gelu'
          ? graph.node('QuickGelu', [inner], {
              domain: 'com.microsoft',
              attributes: { alpha: { float: 1.702 } },
            })
          : graph.node('Gelu', [inner]);
      return graph.node('Add', [mixed, project(active, 'mlp.fc2', hiddenSize, intermediateSize)]);
    },
  };
}
