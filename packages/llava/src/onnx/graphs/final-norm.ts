import type { WeightSource } from '../../families/family.js';
import type { ModelConfig } from '../../families/model-config.js';
import { type Graph, GraphBuilder } from '../graph-builder.js';
import { rmsNorm } from './layers.js';

/** The decoder's final norm alone. Input `hidden` [n, width], output `normed` [n, width]. */
export function finalNormGraph(config: ModelConfig, weights: WeightSource): Graph {
  const graph = new GraphBuilder('final norm');
  const { hiddenSize, normEpsilon } = config.decoder;
  const hidden = graph.input('hidden', 'float32', ['n', hiddenSize]);
  const norm = weights.decoder('norm', [hiddenSize]);
  const normed = rmsNorm(graph, hidden, norm, normEpsilon);
  graph.output('normed', normed, 'float32', ['n', hiddenSize]);
  return graph.finish();
}
