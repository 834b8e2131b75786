/** A seeded stream of random 32-bit numbers (xoshiro128**). */
export interface RandomStream {
  /** The next whole number in [0, 2³²). */
  next(): number;
  /** A whole number in [0, n), without bias; n in [1, 2³²]. */
  below(n: number): number;
  /** A float in [0, 1) with 32 random bits. */
  uniform(): number;
}

function* mulberry32(seed: number): Generator<number, never> {
  let state = seed >>> 0;
  for (;;) {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    yield (t ^ (t >>> 14)) >>> 0;
  }
}

const rotateLeft = (value: number, bits: number): number =>
  (value << bits) | (value >>> (32 - bits));

/**
 * A random stream for `seed` and `stream`. The stream is the index of the layer, crop or head that draws,
 * so that draws do not depend on the order of calls.
 */
export function randomStream(seed: number, stream = 0): RandomStream {
  const source = mulberry32((seed ^ Math.imul(stream, 0x9e3779b1)) >>> 0);
  const state = Int32Array.from({ length: 4 }, () => source.next().value);
  if (state.every((word) => word === 0)) state[0] = 1;
  const next = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(state[1]!, 5), 7), 9) >>> 0;
    const shifted = state[1]! << 9;
    state[2]! ^= state[0]!;
    state[3]! ^= state[1]!;
    state[1]! ^= state[2]!;
    state[0]! ^= state[3]!;
    state[2]! ^= shifted;
    state[3] = rotateLeft(state[3]!, 11);
    return result;
  };
  return {
    next,
    below(n) {
      const limit = 2 ** 32 - (2 ** 32 % n);
      for (;;) {
        const value = next();
        if (value < limit) return value % n;
      }
    },
    uniform: () => next() / 2 ** 32,
  };
}

/**
 * Draws `count` of `total` positions without replacement (partial Fisher–Yates), in draw order.
 * A count above `total` is clamped.
 */
export function drawPositions(random: RandomStream, total: number, count: number): Int32Array {
  const positions = Int32Array.from({ length: total }, (_, index) => index);
  const taken = Math.min(Math.max(count, 0), total);
  for (let i = 0; i < taken; i++) {
    const j = i + random.below(total - i);
    const held = positions[i]!;
    positions[i] = positions[j]!;
    positions[j] = held;
  }
  return positions.slice(0, taken);
}
