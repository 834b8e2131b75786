import { describe, expect, it } from 'vitest';
import { pickle } from './__fixtures__/pickle-writer.js';
import { checkpointFile, refusal, temporaryFile } from './__fixtures__/read-outcome.js';
import { readTorchHeader } from './index.js';

const { dict, integer, join, of, text } = pickle;
const read = (bytes: Uint8Array) => readTorchHeader(temporaryFile(bytes));
const storage = (bytes: number) => Uint8Array.from({ length: bytes }, (_, index) => index);

/** A checkpoint of one tensor `w` in storage 0. */
const one = (input: Parameters<typeof pickle.tensor>[0], bytes: number) =>
  checkpointFile(pickle.stateDict({ w: input }), { 0: storage(bytes) });

describe('places of tensors', () => {
  it.each([
    ['DoubleStorage', 'float64', 8],
    ['FloatStorage', 'float32', 4],
    ['HalfStorage', 'float16', 2],
    ['BFloat16Storage', 'bfloat16', 2],
    ['LongStorage', 'int64', 8],
    ['IntStorage', 'int32', 4],
    ['ShortStorage', 'int16', 2],
    ['CharStorage', 'int8', 1],
    ['ByteStorage', 'uint8', 1],
    ['BoolStorage', 'bool', 1],
  ])('are known for %s', async (storageType, dtype, bytes) => {
    const [tensor] = await read(one({ storageType, shape: [2, 3] }, 6 * bytes));
    expect(tensor).toMatchObject({ name: 'w', dtype, shape: [2, 3], length: 6 * bytes });
  });

  it('may share a storage and overlap in it', async () => {
    const tensors = {
      all: { shape: [10], elements: 10 },
      tied: { shape: [2, 5], elements: 10 },
      part: { shape: [3], elements: 10, storageOffset: 4 },
    };
    const bytes = checkpointFile(pickle.stateDict(tensors), { 0: storage(40) });
    const [all, tied, part] = await read(bytes);
    expect(tied).toMatchObject({ offset: all!.offset, length: 40 });
    expect(part).toMatchObject({ offset: all!.offset + 16, length: 12 });
    expect(bytes.subarray(part!.offset, part!.offset + 12)).toEqual(
      Buffer.from(storage(40).subarray(16, 28)),
    );
  });

  it.each([
    ['a scalar', { shape: [], elements: 1 }, 4, 4],
    ['an empty tensor', { shape: [0, 5], strides: [7, 9], elements: 0 }, 0, 0],
    ['size 1 with any stride', { shape: [1, 2, 1], strides: [0, 1, 99] }, 8, 8],
  ])('are given for %s', async (_, input, bytes, length) => {
    const [tensor] = await read(one(input, bytes));
    expect(tensor).toMatchObject({ shape: input.shape, length });
  });

  it.each<[string, Parameters<typeof pickle.tensor>[0], number, RegExp]>([
    [
      'a transposed tensor',
      { shape: [2, 3], strides: [1, 2] },
      24,
      /tensor w of shape \[2, 3\] has the strides \[1, 2\], .* save it with \.contiguous\(\)/,
    ],
    ['an expanded tensor', { shape: [3, 2], strides: [0, 1], elements: 2 }, 8, /strides \[0, 1\]/],
    ['a tensor with gaps', { shape: [2], strides: [2], elements: 4 }, 16, /strides \[2\]/],
    [
      'a tensor beyond its storage',
      { shape: [7], elements: 6 },
      24,
      /bytes 0 to 28 of storage 0, which has 24/,
    ],
    [
      'an offset beyond its storage',
      { shape: [2], elements: 6, storageOffset: 5 },
      24,
      /bytes 20 to 28 of/,
    ],
    [
      'an offset of 2^53 - 1',
      { shape: [2], elements: 6, storageOffset: 2 ** 53 - 1 },
      24,
      /which has 24/,
    ],
    [
      'sizes whose product overflows',
      { shape: [2 ** 52, 2 ** 52], elements: 6 },
      24,
      /which has 24/,
    ],
    [
      'a storage of another length',
      { shape: [6], elements: 5 },
      24,
      /5 × float32, which takes 20 bytes, but the entry has 24/,
    ],
    [
      'a storage that is not there',
      { shape: [6], key: '1' },
      24,
      /storage 1, of which the file has no entry/,
    ],
    [
      'a storage key that is a path',
      { shape: [6], key: '../data.pkl' },
      24,
      /not a number in digits/,
    ],
  ])('refuse %s', async (_, input, bytes, words) => {
    expect(await refusal(() => read(one(input, bytes)))).toMatch(words);
  });
});

describe('state dicts', () => {
  const tensor = pickle.tensor({ shape: [1] });
  const load = (...values: readonly (Buffer | string)[]) =>
    read(checkpointFile(of(...values), { 0: storage(4) }));
  const names = async (...values: readonly (Buffer | string)[]) =>
    (await load(...values)).map(({ name }) => name);

  it('leave out what is no tensor', async () => {
    const others = [
      [text('step'), integer(3)],
      [text('none'), 'N'],
      [text('note'), text('x')],
      [text('nested'), dict(text('inner'), tensor)],
      [text('storage'), pickle.storage('FloatStorage', '0', 1)],
      [integer(1), text('y')],
    ].flat();
    expect(await names(dict(text('w'), tensor, ...others))).toEqual(['w']);
  });

  it('may be under state_dict', async () => {
    const inner = dict(text('w'), tensor);
    expect(await names(dict(text('epoch'), integer(1), text('state_dict'), inner))).toEqual(['w']);
  });

  it('may be an OrderedDict with metadata, and hold parameters', async () => {
    const parameter = pickle.call(
      pickle.global('torch._utils', '_rebuild_parameter'),
      tensor,
      '\x88',
      pickle.orderedDict(),
    );
    const metadata = dict(text('_metadata'), pickle.orderedDict());
    expect(
      await names(join(pickle.orderedDict(), text('w'), parameter, 's', metadata, 'b')),
    ).toEqual(['w']);
  });

  it('may name a tensor __proto__', async () => {
    expect(await names(dict(text('__proto__'), tensor))).toEqual(['__proto__']);
  });

  it.each<[string, Buffer, RegExp]>([
    ['a tensor alone', tensor, /holds a tensor; save a state dict/],
    ['a list', join(']'), /holds a list; save a state dict/],
    [
      'no tensors',
      dict(text('model'), dict(text('w'), tensor)),
      /has no tensors, neither itself nor/,
    ],
    ['two tensors of one name', dict(text('w'), tensor, text('w'), tensor), /two tensors named w/],
    ['a tensor under a number', dict(integer(1), tensor), /a tensor under 1, which is not a name/],
    [
      'a name that would rewrite the terminal',
      dict(text('\u001b[2K\nok'), tensor, text('\u001b[2K\nok'), tensor),
      /two tensors named \\u\{1b\}\[2K\\u\{a\}ok/,
    ],
  ])('refuse %s', async (_, value, words) => {
    expect(await refusal(() => load(value))).toMatch(words);
  });
});

describe('the archive', () => {
  const data = pickle.stateDict({ w: { shape: [1] } });
  const entry = (name: string, bytes: Uint8Array) => ({ name, data: bytes });

  it.each<[string, Buffer, RegExp]>([
    [
      'big-endian values',
      checkpointFile(data, { 0: storage(4) }, { byteorder: 'big' }),
      /byte order "big"/,
    ],
    [
      'two data.pkl',
      checkpointFile(data, { 0: storage(4) }, { more: [entry('other/data.pkl', data)] }),
      /has 2 entries data\.pkl, where torch writes one/,
    ],
    [
      'a second data.pkl of the same name',
      checkpointFile(data, { 0: storage(4) }, { more: [entry('model/data.pkl', data)] }),
      /two entries named model\/data\.pkl/,
    ],
    [
      'a TorchScript program',
      checkpointFile(data, { 0: storage(4) }, { more: [entry('model/constants.pkl', data)] }),
      /is a TorchScript program/,
    ],
    [
      'a pickle of 17 MiB',
      checkpointFile(Buffer.alloc(17 * 2 ** 20)),
      /data\.pkl has 17825792 bytes, above the limit of 16777216/,
    ],
  ])('is refused with %s', async (_, bytes, words) => {
    expect(await refusal(() => read(bytes))).toMatch(words);
  });

  it('is refused without data.pkl', async () => {
    const bytes = checkpointFile(data);
    const renamed = Buffer.from(
      bytes.toString('latin1').replaceAll('data.pkl', 'data.xyz'),
      'latin1',
    );
    expect(await refusal(() => read(renamed))).toMatch(/no folder with a data\.pkl/);
  });

  it('may lack the byte order, as before PyTorch 2.1', async () => {
    const bytes = checkpointFile(data, { 0: storage(4) });
    const renamed = Buffer.from(
      bytes.toString('latin1').replaceAll('byteorder', 'bytebrder'),
      'latin1',
    );
    expect(await read(renamed)).toHaveLength(1);
  });
});
