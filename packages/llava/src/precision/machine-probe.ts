import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { StoredTensor } from '../checkpoint/stored-tensor.js';
import { createSession } from '../onnx/create-session.js';
import { GraphBuilder } from '../onnx/graph-builder.js';
import { linear } from '../onnx/graphs/layers.js';
import type { GraphSession } from '../onnx/session.js';
import { randomPieces } from '../synthetic/random-values.js';
import { cacheFolder } from './cache-folder.js';
import { FileHashes } from './file-hashes.js';
import { safeInt8Range } from './int8-range.js';
import { type ModelPart, madeTensor } from './model-parts.js';
import type { PartScheme } from './part-file.js';
import type { Int8Range } from './quantize.js';
import { openStore, storeFolder } from './weight-store.js';

/** What a machine can do at most, as far as a short trial shows. */
export interface MachineProbe {
  readonly threads: number;
  /** Largest 8-bit weight that does not saturate; 63 on processors without VNNI. */
  readonly int8Range: Int8Range;
  /** Operations (two a multiply-add) per second of a product of many rows, by how the weights are held. */
  readonly operationsPerSecond: { readonly int8: number; readonly int4: number };
  /** Bytes of weights per second that a product of one row reads, by how they are held. */
  readonly bytesPerSecond: { readonly int8: number; readonly int4: number };
}

/** A 7B model's MLP matrix. */
const OUTPUTS = 11_008;
const INPUTS = 4096;
/** Together more than any processor's cache. */
const MATRICES = 6;
/** Rows of a prompt. */
const ROWS = 512;
const TRIALS = 5;

const part: ModelPart = {
  name: 'probe',
  tensors: Array.from({ length: MATRICES }, (_, index) =>
    madeTensor(`matrix-${index}`, [OUTPUTS, INPUTS], true),
  ),
};

/** Options of {@link probeMachine}. */
export interface ProbeOptions {
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds this machine's roofline for the products that a model is made of: the rate of arithmetic when a prompt is read,
 * the rate of reading weights when an answer is written. Takes some seconds, and keeps 0.4 GB in the cache.
 *
 * @throws CACHE_FAILED or BACKEND_UNAVAILABLE; the signal's reason on abort
 */
export async function probeMachine(options: ProbeOptions = {}): Promise<MachineProbe> {
  const { threads = availableParallelism(), signal } = options;
  const cache = cacheFolder();
  const int8Range = await safeInt8Range(threads);
  const schemes: PartScheme[] = [
    { matrices: 'int8', int8Range },
    { matrices: 'int4', int8Range },
  ];
  const opened = await openStore(
    storeFolder(cache, { probe: 1 }),
    schemes.map((scheme) => ({ part, scheme })),
    {
      hashes: new FileHashes(join(cache, 'hashes.json')),
      label: 'the machine probe of autoprune bench',
      fill: (tensor, scheme, name) => Promise.resolve(randomPieces(name, tensor, scheme)),
      signal,
    },
  );
  const [int8, int4] = [
    await probeProducts([...opened[0]!.values()], threads, signal),
    await probeProducts([...opened[1]!.values()], threads, signal),
  ];
  return {
    threads,
    int8Range,
    operationsPerSecond: { int8: int8.operations, int4: int4.operations },
    bytesPerSecond: { int8: int8.bytes, int4: int4.bytes },
  };
}

async function probeProducts(
  matrices: readonly StoredTensor[],
  threads: number,
  signal: AbortSignal | undefined,
): Promise<{ operations: number; bytes: number }> {
  const graph = new GraphBuilder('machine probe');
  const x = graph.input('x', 'float32', ['n', INPUTS]);
  // The largest of a row, so that no product can be left out and none has to be copied.
  const axis = graph.constant('int64', [-1]);
  const largest = matrices.map((weight) =>
    graph.node('ReduceMax', [linear(graph, x, { weight }), axis], { attributes: { keepdims: 1 } }),
  );
  graph.output('largest', graph.node('Max', largest), 'float32', ['n', 1]);
  const session = await createSession('machine probe', graph.finish(), threads);
  try {
    const many = await fastest(session, ROWS, signal);
    const one = await fastest(session, 1, signal);
    const bytes = matrices.reduce(
      (sum, { length, quantization }) => sum + length + (quantization?.scales.length ?? 0),
      0,
    );
    return {
      operations: (2 * MATRICES * OUTPUTS * INPUTS * ROWS) / many,
      bytes: bytes / one,
    };
  } finally {
    await session.release();
  }
}

/** Seconds of the fastest of some runs: what the machine can do, not what it was doing besides. */
async function fastest(
  session: GraphSession,
  rows: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const data = Float32Array.from(
    { length: rows * INPUTS },
    (_, index) => (index % 251) / 251 - 0.5,
  );
  let best = Number.POSITIVE_INFINITY;
  for (let trial = 0; trial <= TRIALS; trial++) {
    signal?.throwIfAborted();
    const start = performance.now();
    await session.run({ x: { data, shape: [rows, INPUTS] } }, ['largest']);
    // The first run also brings the weights into memory.
    if (trial > 0) best = Math.min(best, (performance.now() - start) / 1000);
  }
  return best;
}
