import type { WeightSource } from '../../families/family.js';
import type { ModelConfig } from '../../families/model-config.js';
import { GraphBuilder, type OnnxType } from '../graph-builder.js';
import type { WeightLocator } from './layers.js';

/** Rows of the embedding table. Input `ids` int32 [n], output `rows` float32 [n, width]. */
export function embeddingGraph(
  config: ModelConfig,
  weights: WeightSource,
  locate: WeightLocator,
): Uint8Array {
  const graph = new GraphBuilder('embedding');
  const { vocabularySize, hiddenSize } = config.decoder;
  const table = weights.decoder('embed_tokens', [vocabularySize, hiddenSize]);
  const ids = graph.input('ids', 'int32', ['n']);
  const stored = graph.external({
    dtype: table.dtype as OnnxType,
    shape: table.shape,
    location: locate(table),
    offset: table.offset,
    length: table.length,
  });
  // Gathered before the conversion, so that the table itself is never copied.
  const rows = graph.node('Gather', [stored, ids], { attributes: { axis: 0 } });
  const floats =
    table.dtype === 'float32' ? rows : graph.node('Cast', [rows], { attributes: { to: 1 } });
  graph.output('rows', floats, 'float32', ['n', hiddenSize]);
  return graph.finish();
}
