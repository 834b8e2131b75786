import type { WeightSource } from '../../families/family.js';
import { gridSize, type ModelConfig } from '../../families/model-config.js';
import { type Graph, GraphBuilder, type Value } from '../graph-builder.js';
import { layerNorm, linear, reshape, weight } from './layers.js';

/**
 * The CLIP tower up to the block whose output is used.
 *
 * Input `pixels` float32 [tiles, 3, size, size]. Outputs `features` [tiles · rows, width] (CLS first in
 * each tile), and `query`, `key` [tiles · rows, width] of the last block, which the saliency is made of;
 * both exist in the graph anyway, so that not fetching them costs nothing.
 */
export function visionTowerGraph(config: ModelConfig, weights: WeightSource): Graph {
  const { hiddenSize, intermediateSize, patchSize, imageSize, normEpsilon } = config.vision;
  const graph = new GraphBuilder('vision');
  const grid = gridSize(config.vision);
  const rows = grid * grid + 1;
  const tensor = weights.vision;
  const norm = (x: Value, name: string): Value =>
    layerNorm(
      graph,
      x,
      {
        weight: tensor(`${name}.weight`, [hiddenSize]),
        bias: tensor(`${name}.bias`, [hiddenSize]),
      },
      normEpsilon,
    );

  const pixels = graph.input('pixels', 'float32', ['tiles', 3, imageSize, imageSize]);
  const kernel = tensor('embeddings.patch_embedding.weight', [hiddenSize, 3, patchSize, patchSize]);
  const patches = graph.node('Conv', [pixels, weight(graph, kernel)], {
    attributes: { strides: [patchSize, patchSize], kernel_shape: [patchSize, patchSize] },
  });
  const flat = graph.node('Transpose', [reshape(graph, patches, [0, hiddenSize, grid * grid])], {
    attributes: { perm: [0, 2, 1] },
  });
  const cls = weight(graph, tensor('embeddings.class_embedding', [hiddenSize]));
  const tiles = graph.node('Shape', [pixels], { attributes: { start: 0, end: 1 } });
  const clsShape = graph.node('Concat', [tiles, graph.constant('int64', [1, hiddenSize])], {
    attributes: { axis: 0 },
  });
  const clsRows = graph.node('Expand', [cls, clsShape]);
  const embedded = graph.node('Concat', [clsRows, flat], { attributes: { axis: 1 } });
  const positions = tensor('embeddings.position_embedding.weight', [rows, hiddenSize]);
  const placed = graph.node('Add', [embedded, weight(graph, positions)]);
  let x = norm(reshape(graph, placed, [-1, hiddenSize]), 'pre_layrnorm');

  let query: Value = x;
  let key: Value = x;
  for (let block = 0; block <= config.vision.featureBlock; block++) {
    const name = `encoder.layers.${block}`;
    const project = (y: Value, part: string, out: number, width: number): Value =>
      linear(graph, y, {
        weight: tensor(`${name}.${part}.weight`, [out, width]),
        bias: tensor(`${name}.${part}.bias`, [out]),
      });
    const normed = norm(x, `${name}.layer_norm1`);
    query = project(normed, 'self_attn.q_proj', hiddenSize, hiddenSize);
    key = project(normed, 'self_attn.k_proj', hiddenSize, hiddenSize);
    const value = project(normed, 'self_attn.v_proj', hiddenSize, hiddenSize);
    const [q, k, v] = [query, key, value].map((part) =>
      reshape(graph, part, [-1, rows, hiddenSize]),
    ) as [Value, Value, Value];
    const attended = graph.node('MultiHeadAttention', [q, k, v], {
      domain: 'com.microsoft',
      attributes: { num_heads: config.vision.heads },
    });
    const mixed = project(
      reshape(graph, attended, [-1, hiddenSize]),
      'self_attn.out_proj',
      hiddenSize,
      hiddenSize,
    );
    x = graph.node('Add', [x, mixed]);
    const inner = project(norm(x, `${name}.layer_norm2`), 'mlp.fc1', intermediateSize, hiddenSize);
    const active =
      config.vision.activation === 'quick_gelu'
        ? graph.node('QuickGelu', [inner], {
            domain: 'com.microsoft',
            attributes: { alpha: { float: 1.702 } },
          })
        : graph.node('Gelu', [inner]);
    x = graph.node('Add', [x, project(active, 'mlp.fc2', hiddenSize, intermediateSize)]);
  }
  graph.output('features', x, 'float32', ['rows', hiddenSize]);
  graph.output('query', query, 'float32', ['rows', hiddenSize]);
  graph.output('key', key, 'float32', ['rows', hiddenSize]);
  return graph.finish();
}
