import type { Quantization, StoredTensor } from '../../checkpoint/stored-tensor.js';
import type { GraphBuilder, OnnxType, Value } from '../graph-builder.js';

/** A stored weight as it is stored. */
export function storedWeight(graph: GraphBuilder, tensor: StoredTensor): Value {
  return graph.external({
    dtype: tensor.dtype as OnnxType,
    shape: tensor.shape,
    file: tensor.file,
    offset: tensor.offset,
    length: tensor.length,
  });
}

/** A value of a stored type as float32. */
export function asFloat(graph: GraphBuilder, value: Value, { dtype }: StoredTensor): Value {
  return dtype === 'float32' ? value : graph.node('Cast', [value], { attributes: { to: 1 } });
}

/** A stored weight as float32; half-precision weights are converted once, when the session is made. */
export function weight(graph: GraphBuilder, tensor: StoredTensor): Value {
  return asFloat(graph, storedWeight(graph, tensor), tensor);
}

/** Matrix and bias of a linear layer. */
interface LinearWeights {
  readonly weight: StoredTensor;
  readonly bias?: StoredTensor;
}

/** x [n, in] · weightᵀ [in, out] + bias → [n, out], in the arithmetic that the matrix is stored for. */
export function linear(graph: GraphBuilder, x: Value, weights: LinearWeights): Value {
  const { quantization } = weights.weight;
  if (!quantization) return floatLinear(graph, x, weights);
  const product =
    quantization.scheme === 'int8'
      ? int8Product(graph, x, weights.weight, quantization)
      : int4Product(graph, x, weights.weight, quantization);
  if (!weights.bias) return product;
  return graph.node('Add', [product, weight(graph, weights.bias)]);
}

/** Checkpoints store [out, in]. */
function floatLinear(graph: GraphBuilder, x: Value, weights: LinearWeights): Value {
  const inputs = [x, weight(graph, weights.weight)];
  if (weights.bias) inputs.push(weight(graph, weights.bias));
  return graph.node('Gemm', inputs, { attributes: { transB: 1 } });
}

/** Root-mean-square norm over the last axis. */
export function rmsNorm(
  graph: GraphBuilder,
  x: Value,
  scale: StoredTensor,
  epsilon: number,
): Value {
  return graph.node('SimplifiedLayerNormalization', [x, weight(graph, scale)], {
    attributes: { axis: -1, epsilon: { float: epsilon } },
  });
}

/** Layer norm over the last axis. */
export function layerNorm(
  graph: GraphBuilder,
  x: Value,
  weights: { readonly weight: StoredTensor; readonly bias: StoredTensor },
  epsilon: number,
): Value {
  return graph.node(
    'LayerNormalization',
    [x, weight(graph, weights.weight), weight(graph, weights.bias)],
    { attributes: { axis: -1, epsilon: { float: epsilon } } },
  );
}

/** Reshapes to `shape`; 0 copies a dimension, so that empty batches work where −1 would not. */
export function reshape(graph: GraphBuilder, x: Value, shape: readonly number[]): Value {
  return graph.node('Reshape', [x, graph.constant('int64', shape)]);
}

/** The unsigned integer that stands for zero among quantized activations. */
const ACTIVATION_ZERO = 128;
const LARGEST_ACTIVATION = 127;
/** Keeps the scale of a row of zeros from being zero. */
const SMALLEST_SCALE = 1e-30;

/**
 * x · weightᵀ in 8-bit integers: each row of x has a scale of its own, u8 = round(x / scale) + 128, so that an outlier
 * costs only its own row.
 */
function int8Product(
  graph: GraphBuilder,
  x: Value,
  matrix: StoredTensor,
  { scales }: Extract<Quantization, { scheme: 'int8' }>,
): Value {
  const lastAxis = graph.constant('int64', [-1]);
  const extreme = (operator: string): Value =>
    graph.node(operator, [x, lastAxis], { attributes: { keepdims: 1 } });
  const largest = graph.node('Max', [
    extreme('ReduceMax'),
    graph.node('Neg', [extreme('ReduceMin')]),
  ]);
  const scaled = graph.node('Mul', [
    largest,
    graph.constant('float32', [1 / LARGEST_ACTIVATION], []),
  ]);
  const positive = graph.node('Max', [scaled, graph.constant('float32', [SMALLEST_SCALE], [])]);
  // Not a squeeze: onnxruntime's reductions keep the width of a matrix without rows.
  const perRow = reshape(graph, positive, [0]);
  const rowScale = graph.node('Unsqueeze', [perRow, lastAxis]);
  const zero = graph.constant('uint8', [ACTIVATION_ZERO], []);
  const zeros = graph.node('Expand', [zero, graph.node('Shape', [perRow])]);
  const quantized = graph.node('QuantizeLinear', [x, perRow, zeros], { attributes: { axis: 0 } });
  const product = graph.node(
    'MatMulIntegerToFloat',
    [
      quantized,
      storedWeight(graph, matrix),
      graph.constant('float32', [1], []),
      weight(graph, scales),
      zero,
    ],
    { domain: 'com.microsoft' },
  );
  return graph.node('Mul', [product, rowScale]);
}

/** Activations that meet 4-bit weights are rounded to 8 bits in blocks, with 32-bit sums. */
const INT8_ACTIVATIONS = 4;

/** x · weightᵀ with 4-bit weights. */
function int4Product(
  graph: GraphBuilder,
  x: Value,
  matrix: StoredTensor,
  { scales, block, inputs }: Extract<Quantization, { scheme: 'int4' }>,
): Value {
  return graph.node('MatMulNBits', [x, storedWeight(graph, matrix), weight(graph, scales)], {
    domain: 'com.microsoft',
    attributes: {
      K: inputs,
      N: matrix.shape[0]!,
      bits: 4,
      block_size: block,
      accuracy_level: INT8_ACTIVATIONS,
    },
  });
}
