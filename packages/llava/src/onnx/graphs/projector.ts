import type { WeightSource } from '../../families/family.js';
import type { ModelConfig } from '../../families/model-config.js';
import { type Graph, GraphBuilder, type Value } from '../graph-builder.js';
import { linear } from './layers.js';

/** The projector: linear, exact GELU, linear. Input `features` [rows, visionWidth], output `tokens` [rows, width]. */
export function projectorGraph(config: ModelConfig, weights: WeightSource): Graph {
  const graph = new GraphBuilder('projector');
  const width = config.decoder.hiddenSize;
  const layer = (x: Value, name: string, input: number): Value =>
    linear(graph, x, {
      weight: weights.projector(`${name}.weight`, [width, input]),
      ...(config.projectorBias ? { bias: weights.projector(`${name}.bias`, [width]) } : {}),
    });
  const features = graph.input('features', 'float32', ['rows', config.vision.hiddenSize]);
  const inner = graph.node('Gelu', [layer(features, 'linear_1', config.vision.hiddenSize)]);
  graph.output('tokens', layer(inner, 'linear_2', width), 'float32', ['rows', width]);
  return graph.finish();
}
