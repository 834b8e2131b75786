/** Pickles for tests, put together from opcodes as torch emits them. */

export interface TensorInput {
  readonly storageType?: string;
  readonly key?: string;
  readonly elements?: number;
  readonly storageOffset?: number;
  readonly shape: readonly number[];
  readonly strides?: readonly number[];
}

const join = (...parts: readonly (Buffer | string)[]): Buffer =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)),
  );

/** The strides of row-major values without gaps. */
function rowMajor(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
}

export const pickle = {
  join,
  /** A whole pickle: protocol, values, STOP. */
  of: (...parts: readonly (Buffer | string)[]): Buffer => join('\x80\x02', ...parts, '.'),
  text(value: string): Buffer {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return join('X', length, bytes);
  },
  integer(value: number | bigint): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return join('\x8a\x08', bytes);
  },
  global: (module: string, name: string): Buffer => join(`c${module}\n${name}\n`),
  tuple: (...items: readonly (Buffer | string)[]): Buffer => join('(', ...items, 't'),
  integers: (values: readonly number[]): Buffer => pickle.tuple(...values.map(pickle.integer)),
  /** `callee(*args)`. */
  call: (callee: Buffer | string, ...args: readonly (Buffer | string)[]): Buffer =>
    join(callee, pickle.tuple(...args), 'R'),
  orderedDict: (): Buffer => pickle.call(pickle.global('collections', 'OrderedDict')),
  /** A dict of keys and values in turn. */
  dict: (...items: readonly (Buffer | string)[]): Buffer => join('}(', ...items, 'u'),
  storage(type: string, key: string, elements: number): Buffer {
    const id = [pickle.text('storage'), pickle.global('torch', type), pickle.text(key)];
    return join(pickle.tuple(...id, pickle.text('cpu'), pickle.integer(elements)), 'Q');
  },
  tensor(input: TensorInput): Buffer {
    const { storageType = 'FloatStorage', key = '0', storageOffset = 0, shape } = input;
    const elements = input.elements ?? shape.reduce((a, b) => a * b, 1);
    return pickle.call(
      pickle.global('torch._utils', '_rebuild_tensor_v2'),
      pickle.storage(storageType, key, elements),
      pickle.integer(storageOffset),
      pickle.integers(shape),
      pickle.integers(input.strides ?? rowMajor(shape)),
      '\x89',
      pickle.orderedDict(),
    );
  },
  /** A state dict of tensors. */
  stateDict: (tensors: Readonly<Record<string, TensorInput>>): Buffer =>
    pickle.of(
      pickle.dict(
        ...Object.entries(tensors).flatMap(([name, one]) => [
          pickle.text(name),
          pickle.tensor(one),
        ]),
      ),
    ),
};
