import { createSession } from '../onnx/create-session.js';
import { type Graph, GraphBuilder } from '../onnx/graph-builder.js';
import type { GraphSession } from '../onnx/session.js';
import type { Int8Range } from './quantize.js';

/** Inputs of the probe: enough for the widest vector unit, little enough to be instant. */
const INPUTS = 64;
/** Outputs, several registers wide. */
const OUTPUTS = 64;
/** Rows: one takes another path than many. */
const ROWS = [1, 16];
/** The largest unsigned activation and weight, whose pairwise sum does not fit 16 bits. */
const ACTIVATION = 255;
const WEIGHT = 127;

/**
 * How large 8-bit weights may be on this machine. Processors without VNNI add pairs of products in 16 bits, where
 * 2 · 255 · 127 saturates and 2 · 255 · 63 does not; which way the library goes is seen by trying, not by reading
 * processor flags.
 */
export async function safeInt8Range(threads: number): Promise<Int8Range> {
  const session = await createSession('saturation probe', probeGraph(), threads);
  try {
    for (const rows of ROWS) {
      if (!(await isExact(session, rows))) return 63;
    }
    return 127;
  } finally {
    await session.release();
  }
}

function probeGraph(): Graph {
  const graph = new GraphBuilder('saturation probe');
  const x = graph.input('x', 'float32', ['n', INPUTS]);
  const zero = graph.constant('uint8', [0], []);
  const one = graph.constant('float32', [1], []);
  const integers = graph.node('QuantizeLinear', [x, one, zero]);
  const weights = graph.constant('int8', Array(INPUTS * OUTPUTS).fill(WEIGHT), [INPUTS, OUTPUTS]);
  const product = graph.node(
    'MatMulIntegerToFloat',
    [integers, weights, one, graph.constant('float32', Array(OUTPUTS).fill(1)), zero],
    { domain: 'com.microsoft' },
  );
  graph.output('product', product, 'float32', ['n', OUTPUTS]);
  return graph.finish();
}

async function isExact(session: GraphSession, rows: number): Promise<boolean> {
  const x = new Float32Array(rows * INPUTS).fill(ACTIVATION);
  const { product } = await session.run({ x: { data: x, shape: [rows, INPUTS] } }, ['product']);
  return product.data.every((value) => value === INPUTS * ACTIVATION * WEIGHT);
}
