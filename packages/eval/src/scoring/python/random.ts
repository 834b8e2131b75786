const SIZE = 624;
const MIDDLE = 397;

/** Knuth's generator that spreads a first seed over the state. */
function spreadSeed(seed: number): Uint32Array {
  const state = new Uint32Array(SIZE);
  state[0] = seed;
  for (let at = 1; at < SIZE; at++) {
    const before = state[at - 1]!;
    state[at] = Math.imul(1812433253, before ^ (before >>> 30)) + at;
  }
  return state;
}

/** The initialisation by an array of one word, which is how CPython seeds with a whole number below 2^32. */
function seedState(seed: number): Uint32Array {
  const state = spreadSeed(19650218);
  let at = 1;
  const advance = () => {
    if (++at < SIZE) return;
    state[0] = state[SIZE - 1]!;
    at = 1;
  };
  const mixed = () => state[at - 1]! ^ (state[at - 1]! >>> 30);
  for (let step = 0; step < SIZE; step++, advance()) {
    state[at] = (state[at]! ^ Math.imul(mixed(), 1664525)) + seed;
  }
  for (let step = 1; step < SIZE; step++, advance()) {
    state[at] = (state[at]! ^ Math.imul(mixed(), 1566083941)) - at;
  }
  state[0] = 0x80000000;
  return state;
}

function twist(state: Uint32Array): void {
  for (let at = 0; at < SIZE; at++) {
    const joined = (state[at]! & 0x80000000) | (state[(at + 1) % SIZE]! & 0x7fffffff);
    state[at] = state[(at + MIDDLE) % SIZE]! ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
  }
}

function temper(word: number): number {
  let mixed = word ^ (word >>> 11);
  mixed ^= (mixed << 7) & 0x9d2c5680;
  mixed ^= (mixed << 15) & 0xefc60000;
  return (mixed ^ (mixed >>> 18)) >>> 0;
}

/** Python's `random` module after `random.seed(seed)`. */
export interface PythonRandom {
  /** `random.choice(values)`; `values` not empty. */
  choice<T>(values: readonly [T, ...T[]]): T;
}

/**
 * Python's random numbers (MT19937), for official scripts that guess where they cannot parse.
 *
 * @param seed  whole, in [0, 2^32)
 */
export function pythonRandom(seed: number): PythonRandom {
  const state = seedState(seed);
  let at = SIZE;
  const word = (): number => {
    if (at === SIZE) {
      twist(state);
      at = 0;
    }
    return temper(state[at++]!);
  };
  const below = (limit: number): number => {
    const bits = 32 - Math.clz32(limit);
    for (;;) {
      const drawn = word() >>> (32 - bits);
      if (drawn < limit) return drawn;
    }
  };
  return { choice: (values) => values[below(values.length)] ?? values[0] };
}
