// A decoder layer for one token in plain arithmetic: what the addon's is held to.

/** Values of a row that one scale serves. */
export const BLOCK = 128;

/** Extents of a decoder. */
export interface Extents {
  readonly hidden: number;
  readonly intermediate: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
}

/** A 4-bit matrix as files hold it. */
export interface Matrix {
  readonly outputs: number;
  readonly inputs: number;
  readonly values: Uint8Array;
  readonly scales: Float32Array;
}

/** Weights of a layer. */
export interface Layer {
  readonly inputNorm: Float32Array;
  readonly query: Matrix;
  readonly key: Matrix;
  readonly value: Matrix;
  readonly output: Matrix;
  readonly postNorm: Float32Array;
  readonly gate: Matrix;
  readonly up: Matrix;
  readonly down: Matrix;
}

/** A layer's part of a sequence; the cache [kvHeads, capacity, head] gets the token at `row`. */
export interface Place {
  readonly key: Float32Array;
  readonly value: Float32Array;
  readonly capacity: number;
  readonly row: number;
  readonly cosines: Float32Array;
  readonly sines: Float32Array;
  /** What the cache makes of a row [head]. */
  stored(row: Float32Array): Float32Array;
}

const EPSILON = 1e-5;

/** A row as blocks of 8-bit integers, times their scale. */
function rounded(row: Float32Array): Float32Array {
  const out = new Float32Array(row.length);
  for (let start = 0; start < row.length; start += BLOCK) {
    const block = row.subarray(start, start + BLOCK);
    const largest = block.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const inverse = largest > 0 ? Math.fround(127 / largest) : 0;
    block.forEach((value, index) => {
      out[start + index] = nearestEven(Math.fround(value * inverse)) * (largest / 127);
    });
  }
  return out;
}

function nearestEven(value: number): number {
  const low = Math.floor(value);
  if (value - low !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}

function product(matrix: Matrix, row: Float32Array): Float32Array {
  const input = rounded(row);
  const blocks = Math.ceil(matrix.inputs / BLOCK);
  return Float32Array.from({ length: matrix.outputs }, (_, output) => {
    let sum = 0;
    input.forEach((value, index) => {
      const block = output * blocks + Math.floor(index / BLOCK);
      const byte = matrix.values[(block * BLOCK + (index % BLOCK)) >> 1]!;
      const integer = (index % 2 === 0 ? byte & 15 : byte >> 4) - 8;
      sum += integer * matrix.scales[block]! * value;
    });
    return sum;
  });
}

function normed(row: Float32Array, weight: Float32Array): Float32Array {
  const mean = row.reduce((sum, value) => sum + value * value, 0) / row.length;
  const inverse = Math.fround(1 / Math.sqrt(mean + Math.fround(EPSILON)));
  return row.map((value, index) => Math.fround(value * inverse) * weight[index]!);
}

function rotated(
  row: Float32Array,
  headSize: number,
  { cosines, sines }: Pick<Place, 'cosines' | 'sines'>,
): Float32Array {
  const half = headSize / 2;
  return row.map((value, index) => {
    const place = index % headSize;
    const angle = place % half;
    const other = row[place < half ? index + half : index - half]!;
    return value * cosines[angle]! + (place < half ? -other : other) * sines[angle]!;
  });
}

/** Runs a token through one layer: the new hidden row, and the rotated query. */
export function layerReference(
  extents: Extents,
  layer: Layer,
  hidden: Float32Array,
  place: Place,
): { hidden: Float32Array; query: Float32Array } {
  const { heads, keyValueHeads, headSize } = extents;
  const input = normed(hidden, layer.inputNorm);
  const query = rotated(product(layer.query, input), headSize, place);
  const key = rotated(product(layer.key, input), headSize, place);
  const value = product(layer.value, input);
  const at = (head: number, row: number): number => (head * place.capacity + row) * headSize;
  for (let head = 0; head < keyValueHeads; head++) {
    const from = head * headSize;
    place.key.set(place.stored(key.slice(from, from + headSize)), at(head, place.row));
    place.value.set(place.stored(value.slice(from, from + headSize)), at(head, place.row));
  }
  const attended = new Float32Array(heads * headSize);
  for (let head = 0; head < heads; head++) {
    const group = Math.floor((head * keyValueHeads) / heads);
    const logits = Array.from({ length: place.row + 1 }, (_, row) => {
      let dot = 0;
      for (let k = 0; k < headSize; k++) {
        dot += query[head * headSize + k]! * place.key[at(group, row) + k]!;
      }
      return dot / Math.sqrt(headSize);
    });
    const highest = Math.max(...logits);
    const weights = logits.map((logit) => Math.exp(logit - highest));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (let k = 0; k < headSize; k++) {
      let sum = 0;
      weights.forEach((weight, row) => {
        sum += (weight / total) * place.value[at(group, row) + k]!;
      });
      attended[head * headSize + k] = sum;
    }
  }
  const mixed = product(layer.output, attended);
  const middle = hidden.map((one, index) => one + mixed[index]!);
  const second = normed(middle, layer.postNorm);
  const up = product(layer.up, second);
  const gated = product(layer.gate, second).map(
    (gate, index) => (gate / (1 + Math.exp(-gate))) * up[index]!,
  );
  const fed = product(layer.down, gated);
  return { hidden: middle.map((one, index) => one + fed[index]!), query };
}

/** What the norms of {@link layerReference} add to a mean of squares. */
export const NORM_EPSILON = EPSILON;
