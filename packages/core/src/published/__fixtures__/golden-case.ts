/** A tensor as the golden files hold it, without the types of Node that their reader needs. */
interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

interface GoldenFiles {
  json<T>(relative: string): T;
  tensors(relative: string): ReadonlyMap<string, Tensor>;
}

interface StoredCase {
  readonly id: string;
  readonly params: Record<string, unknown>;
  readonly inputs: Record<string, unknown>;
  readonly outputs: Record<string, unknown>;
}

/** One golden case, read by the names of its README. */
export interface GoldenCase {
  readonly id: string;
  /** From `degenerate/`: the rules of its README hold, not what the published code does. */
  readonly degenerate: boolean;
  /** A parameter; undefined where the case has none of that name. */
  param<T = number>(name: string): T;
  hasInput(name: string): boolean;
  hasOutput(name: string): boolean;
  input(name: string): Tensor;
  /** Rows of an input, [rows, width]. */
  matrix(name: string): { data: Float32Array; width: number };
  /** Rows of every head, [heads, rows, width]. */
  heads(name: string): { data: Float32Array; heads: number; width: number };
  /** Attention [columns], [heads, columns] or [heads, rows, columns]. */
  attention(name: string): { data: Float32Array; heads: number; rows: number };
  /** An output of whole numbers or lists of them. */
  output<T = number[]>(name: string): T;
  /** An output of floats, which the files hold as a list where all are whole. */
  floats(name: string): Float32Array;
}

const filesOf = (folder: string): [string, string] => [
  `methods/${folder}/cases.json`,
  `methods/${folder}/tensors.safetensors`,
];

/** The files that the cases of a method need. */
export const goldenFiles = (method: string): string[] => [
  ...filesOf(method),
  ...filesOf('degenerate'),
];

/** The golden cases of a method, for `describeCases`. */
export const methodGoldens = (method: string) => ({
  name: `methods/${method}`,
  files: goldenFiles(method),
  read: (files: GoldenFiles): GoldenCase[] => goldenCases(files, method),
});

/** The cases of a method: those of its folder, and those of `degenerate/` that name it. */
export function goldenCases(files: GoldenFiles, method: string): GoldenCase[] {
  const degenerate = casesOf(files, 'degenerate').filter(
    (one) => one.param<string>('method') === method,
  );
  return [...casesOf(files, method), ...degenerate];
}

function casesOf(files: GoldenFiles, folder: string): GoldenCase[] {
  const [cases, tensorFile] = filesOf(folder);
  const tensors = files.tensors(tensorFile);
  return files.json<{ cases: StoredCase[] }>(cases).cases.map((one) => {
    const find = (kind: 'inputs' | 'outputs', name: string): Tensor => {
      const stored = one[kind][name] as { tensor?: string } | undefined;
      const tensor = stored?.tensor && tensors.get(stored.tensor);
      if (!tensor) throw new Error(`${folder}/${one.id} has no tensor ${kind}.${name}`);
      return tensor;
    };
    const input = (name: string) => find('inputs', name);
    return {
      id: one.id,
      degenerate: folder === 'degenerate',
      param: <T>(name: string) => one.params[name] as T,
      hasInput: (name) => name in one.inputs,
      hasOutput: (name) => name in one.outputs,
      input,
      matrix: (name) => ({ data: input(name).data, width: input(name).shape.at(-1)! }),
      heads: (name) => {
        const { data, shape } = input(name);
        return { data, heads: shape[0]!, width: shape.at(-1)! };
      },
      attention: (name) => {
        const { data, shape } = input(name);
        return {
          data,
          heads: shape.length > 1 ? shape[0]! : 1,
          rows: shape.length > 2 ? shape[1]! : 1,
        };
      },
      output: <T>(name: string) => one.outputs[name] as T,
      floats: (name) => {
        const stored = one.outputs[name];
        return Array.isArray(stored) ? Float32Array.from(stored) : find('outputs', name).data;
      },
    };
  });
}

/** How far float outputs may be from the golden ones, relative to their largest magnitude (its README). */
export const FLOAT_TOLERANCE = 1e-4;

/** Largest difference over the largest magnitude expected; Infinity where lengths differ or one is NaN. */
export function relativeSpread(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let worst = 0;
  let largest = 0;
  for (let index = 0; index < expected.length; index++) {
    const difference = Math.abs(actual[index]! - expected[index]!);
    if (Number.isNaN(difference)) return Infinity;
    worst = Math.max(worst, difference);
    largest = Math.max(largest, Math.abs(expected[index]!));
  }
  return largest === 0 ? worst : worst / largest;
}
