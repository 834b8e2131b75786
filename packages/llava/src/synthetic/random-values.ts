import { createCipheriv, createHash } from 'node:crypto';
import type { PartTensor } from '../precision/model-parts.js';
import type { PartScheme } from '../precision/part-file.js';
import { int4Matrix } from '../precision/quantize.js';

/** Standard deviation of the weights, as in a trained model. */
const SPREAD = 0.02;
/** Bytes that are made at a time. */
const CHUNK = 1 << 24;

/** Bytes that look random and are the same on every machine: a cipher in counter mode is the fastest such stream. */
function fillRandom(bytes: Uint8Array, seed: string): void {
  const key = createHash('sha256').update(seed).digest();
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  const zeros = Buffer.alloc(Math.min(CHUNK, bytes.length));
  for (let at = 0; at < bytes.length; at += CHUNK) {
    bytes.set(cipher.update(zeros.subarray(0, Math.min(CHUNK, bytes.length - at))), at);
  }
}

/** Values of a tensor that is no matrix: ones for the weights of norms, zeros for biases, else random. */
function plainValues({ name, shape }: PartTensor): Float32Array {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  if (/norm|layrnorm/.test(name)) return name.endsWith('bias') ? values : values.fill(1);
  if (name.endsWith('bias')) return values;
  const bytes = new Int8Array(values.length);
  fillRandom(new Uint8Array(bytes.buffer), name);
  for (let i = 0; i < values.length; i++) values[i] = (bytes[i]! * SPREAD) / uniformSpread(128);
  return values;
}

/** Standard deviation of whole numbers spread evenly over −range … range. */
const uniformSpread = (range: number): number => range / Math.sqrt(3);

/**
 * Arrays of a tensor in a scheme, in the order of its pieces, made without the values that they would stand for.
 *
 * @param seed  what sets this model's values apart from those of others
 */
export function randomPieces(
  part: string,
  tensor: PartTensor,
  scheme: PartScheme,
): readonly ArrayBufferView[] {
  if (!tensor.matrix) return [plainValues(tensor)];
  const [outputs, inputs] = tensor.shape as [number, number];
  const seed = `${part}/${tensor.name}`;
  if (scheme.matrices === 'int8') {
    const values = new Int8Array(outputs * inputs);
    fillRandom(new Uint8Array(values.buffer), seed);
    if (scheme.int8Range === 63) for (let i = 0; i < values.length; i++) values[i]! >>= 1;
    return [values, new Float32Array(outputs).fill(SPREAD / uniformSpread(scheme.int8Range))];
  }
  const matrix = int4Matrix(outputs, inputs);
  fillRandom(matrix.values, seed);
  matrix.scales.fill(SPREAD / uniformSpread(8));
  return [matrix.values, matrix.scales];
}
