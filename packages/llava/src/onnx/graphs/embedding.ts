import type { WeightSource } from '../../families/family.js';
import type { ModelConfig } from '../../families/model-config.js';
import { type Graph, GraphBuilder } from '../graph-builder.js';
import { asFloat, storedWeight } from './layers.js';

/** Rows of the embedding table. Input `ids` int32 [n], output `rows` float32 [n, width]. */
export function embeddingGraph(config: ModelConfig, weights: WeightSource): Graph {
  const graph = new GraphBuilder('embedding');
  const { vocabularySize, hiddenSize } = config.decoder;
  const table = weights.decoder('embed_tokens', [vocabularySize, hiddenSize]);
  const ids = graph.input('ids', 'int32', ['n']);
  // Gathered before the conversion, so that the table itself is never copied.
  const rows = graph.node('Gather', [storedWeight(graph, table), ids], {
    attributes: { axis: 0 },
  });
  const floats = asFloat(graph, rows, table);
  graph.output('rows', floats, 'float32', ['n', hiddenSize]);
  return graph.finish();
}
