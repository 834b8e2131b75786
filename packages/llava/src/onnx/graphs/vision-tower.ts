import type { WeightSource } from '../../families/family.js';
import { gridSize, type ModelConfig } from '../../families/model-config.js';
import { type Graph, GraphBuilder, type Value } from '../graph-builder.js';
import { reshape } from './layers.js';
import { towerBlock, towerEmbedding } from './tower-layers.js';

/**
 * The CLIP tower up to the block whose output is used.
 *
 * Input `pixels` float32 [tiles, 3, size, size]. Outputs `features` [tiles · rows, width] (CLS first in
 * each tile), and `query`, `key` [tiles · rows, width] of the last block, which the saliency is made of;
 * both exist in the graph anyway, so that not fetching them costs nothing.
 */
export function visionTowerGraph(config: ModelConfig, weights: WeightSource): Graph {
  const { hiddenSize, imageSize } = config.vision;
  const graph = new GraphBuilder('vision');
  const rows = gridSize(config.vision) ** 2 + 1;
  const pixels = graph.input('pixels', 'float32', ['tiles', 3, imageSize, imageSize]);
  let x = towerEmbedding(graph, config, weights, pixels);
  let query: Value = x;
  let key: Value = x;
  for (let index = 0; index <= config.vision.featureBlock; index++) {
    const block = towerBlock(graph, config, index, weights);
    const projected = block.projections(x);
    ({ query, key } = projected);
    const perTile = [query, key, projected.value].map((part) =>
      reshape(graph, part, [-1, rows, hiddenSize]),
    );
    const attended = graph.node('MultiHeadAttention', perTile, {
      domain: 'com.microsoft',
      attributes: { num_heads: config.vision.heads },
    });
    x = block.mlp(block.mix(x, reshape(graph, attended, [-1, hiddenSize])));
  }
  graph.output('features', x, 'float32', ['rows', hiddenSize]);
  graph.output('query', query, 'float32', ['rows', hiddenSize]);
  graph.output('key', key, 'float32', ['rows', hiddenSize]);
  return graph.finish();
}
