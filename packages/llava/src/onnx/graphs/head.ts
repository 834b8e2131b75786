import type { WeightSource } from '../../families/family.js';
import type { ModelConfig } from '../../families/model-config.js';
import { type Graph, GraphBuilder } from '../graph-builder.js';
import { linear, rmsNorm } from './layers.js';

/** Final norm and output head. Input `hidden` [n, width], output `logits` [n, vocabulary]. */
export function headGraph(config: ModelConfig, weights: WeightSource): Graph {
  const graph = new GraphBuilder('head');
  const { hiddenSize, vocabularySize, normEpsilon } = config.decoder;
  const hidden = graph.input('hidden', 'float32', ['n', hiddenSize]);
  const normed = rmsNorm(graph, hidden, weights.decoder('norm', [hiddenSize]), normEpsilon);
  const head = weights.decoder('lm_head', [vocabularySize, hiddenSize]);
  graph.output('logits', linear(graph, normed, { weight: head }), 'float32', ['n', vocabularySize]);
  return graph.finish();
}
