import type { StoredTensor } from '../../checkpoint/stored-tensor.js';
import type { GraphBuilder, OnnxType, Value } from '../graph-builder.js';

/** Turns the place of a stored tensor into an initializer that the session maps from the file. */
export type WeightLocator = (tensor: StoredTensor) => string;

/** A stored weight as it is stored. */
export function storedWeight(
  graph: GraphBuilder,
  tensor: StoredTensor,
  locate: WeightLocator,
): Value {
  return graph.external({
    dtype: tensor.dtype as OnnxType,
    shape: tensor.shape,
    location: locate(tensor),
    offset: tensor.offset,
    length: tensor.length,
  });
}

/** A value of a stored type as float32. */
export function asFloat(graph: GraphBuilder, value: Value, { dtype }: StoredTensor): Value {
  return dtype === 'float32' ? value : graph.node('Cast', [value], { attributes: { to: 1 } });
}

/** A stored weight as float32; half-precision weights are converted once, when the session is made. */
export function weight(graph: GraphBuilder, tensor: StoredTensor, locate: WeightLocator): Value {
  return asFloat(graph, storedWeight(graph, tensor, locate), tensor);
}

/** x [n, in] · weightᵀ [in, out] + bias → [n, out]; checkpoints store [out, in]. */
export function linear(
  graph: GraphBuilder,
  x: Value,
  weights: { readonly weight: StoredTensor; readonly bias?: StoredTensor },
  locate: WeightLocator,
): Value {
  const inputs = [x, weight(graph, weights.weight, locate)];
  if (weights.bias) inputs.push(weight(graph, weights.bias, locate));
  return graph.node('Gemm', inputs, { attributes: { transB: 1 } });
}

/** Root-mean-square norm over the last axis. */
export function rmsNorm(
  graph: GraphBuilder,
  x: Value,
  scale: StoredTensor,
  epsilon: number,
  locate: WeightLocator,
): Value {
  return graph.node('SimplifiedLayerNormalization', [x, weight(graph, scale, locate)], {
    attributes: { axis: -1, epsilon: { float: epsilon } },
  });
}

/** Layer norm over the last axis. */
export function layerNorm(
  graph: GraphBuilder,
  x: Value,
  weights: { readonly weight: StoredTensor; readonly bias: StoredTensor },
  epsilon: number,
  locate: WeightLocator,
): Value {
  return graph.node(
    'LayerNormalization',
    [x, weight(graph, weights.weight, locate), weight(graph, weights.bias, locate)],
    { attributes: { axis: -1, epsilon: { float: epsilon } } },
  );
}

/** Reshapes to `shape`; 0 copies a dimension, so that empty batches work where −1 would not. */
export function reshape(graph: GraphBuilder, x: Value, shape: readonly number[]): Value {
  return graph.node('Reshape', [x, graph.constant('int64', shape)]);
}
