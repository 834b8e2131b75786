import { describe, expect, it } from 'vitest';
import { pickle } from './__fixtures__/pickle-writer.js';
import { refusal } from './__fixtures__/read-outcome.js';
import { unpickle } from './unpickler.js';

const { call, dict, global, integer, join, of, text, tuple } = pickle;
const read = (bytes: Buffer) => unpickle(bytes, 'model.bin');
const hex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex');

/** A list that holds itself `width` times, `depth` times over. */
function laughs(depth: number, width: number): Buffer {
  const levels = Array.from({ length: depth }, (_, level) =>
    join(
      ']',
      Buffer.from([0x71, level]),
      '(',
      ...Array(width).fill(Buffer.from([0x68, Math.max(0, level - 1)])),
      'e',
    ),
  );
  return join(...levels);
}

describe('unpickle', () => {
  it.each<[string, string | Buffer, unknown]>([
    ['None', 'N', null],
    ['True and False', '\x88', true],
    ['BININT', hex('4a fbffffff'), -5],
    ['BININT2', hex('4d ffff'), 65535],
    ['LONG1 of no bytes', hex('8a00'), 0],
    ['LONG1 of a small number', hex('8a01 fe'), -2],
    ['LONG1 of 2^53 - 1', hex('8a07 ffffffffffff1f'), 2 ** 53 - 1],
    ['LONG1 of 2^70', hex('8a09 000000000000000040'), 2n ** 70n],
    ['LONG4 of -2^64', hex('8b 09000000 0000000000000000ff'), -(2n ** 64n)],
    ['BINFLOAT', hex('47 3ff8000000000000'), 1.5],
    ['BINUNICODE', text('ü\ufeff✓'), 'ü\ufeff✓'],
    ['SHORT_BINUNICODE', join('\x8c\x02', 'ab'), 'ab'],
    ['BINUNICODE8', join(hex('8d 0200000000000000'), 'ab'), 'ab'],
    ['bytes', join('C\x02', 'ab'), { kind: 'bytes' }],
    ['a frame', join(hex('95 0200000000000000'), 'N'), null],
    [
      'POP, POP_MARK and DUP',
      join('N', '(K\x01K\x021', 'K\x030', '(0', '2', '\x86'),
      { kind: 'tuple', items: [null, null] },
    ],
    ['the memo', join(text('a'), 'q\x07', '0h\x07', '\x940j', hex('01000000')), 'a'],
    [
      'a global by STACK_GLOBAL',
      join(text('torch'), text('float16'), '\x93'),
      { kind: 'global', name: 'torch.float16', role: 'dtype', dtype: 'float16' },
    ],
    [
      'torch.Size',
      call(global('torch', 'Size'), pickle.integers([2, 3])),
      { kind: 'tuple', items: [2, 3] },
    ],
    [
      'NEWOBJ of a class',
      join(global('collections', 'OrderedDict'), ')\x81'),
      { kind: 'dict', ordered: true, entries: [] },
    ],
    [
      'attributes of an OrderedDict',
      join(pickle.orderedDict(), '}b'),
      { kind: 'dict', ordered: true, entries: [] },
    ],
    ['a set', join('\x8f(', integer(1), '\x90'), { kind: 'set' }],
    ['lists within lists, which are not kept', join(']]]aa'), { kind: 'list' }],
  ])('reads %s', (_, values, expected) => {
    expect(read(of(values))).toEqual(expected);
  });

  it('reads protocols 2 to 5', () => {
    for (const protocol of [2, 3, 4, 5]) {
      expect(read(Buffer.from([0x80, protocol, 0x4e, 0x2e]))).toBe(null);
    }
  });

  it('refuses any other global by its name', async () => {
    const evil = of(call(global('os', 'system'), text('rm -rf /')));
    expect(await refusal(() => read(evil))).toBe(
      'model.bin: data.pkl asks for the global os.system, which a checkpoint has no use for; do not load this file elsewhere either',
    );
  });

  it.each<[string, Buffer | string, RegExp]>([
    ['builtins.eval', global('builtins', 'eval'), /the global builtins\.eval, which a checkpoint/],
    ['getattr', global('__builtin__', 'getattr'), /__builtin__\.getattr, which/],
    [
      'numpy in the arguments of an allowed call',
      call(
        global('collections', 'OrderedDict'),
        call(global('numpy.core.multiarray', 'scalar'), 'N'),
      ),
      /numpy\.core\.multiarray\.scalar, which/,
    ],
    ['os.system by STACK_GLOBAL', join(text('os'), text('system'), '\x93'), /os\.system, which/],
    [
      'a global split at another dot',
      global('torch', '_utils._rebuild_tensor_v2'),
      /torch\._utils\._rebuild_tensor_v2, which/,
    ],
    ['a global of torch that runs code', global('torch.hub', 'load'), /torch\.hub\.load, which/],
    [
      'a carriage return in a global',
      global('collections', 'OrderedDict\r'),
      /OrderedDict\\u\{d\}, which/,
    ],
    [
      'a space in a global',
      global('collections ', 'OrderedDict'),
      /collections \.OrderedDict, which/,
    ],
    [
      'a newline in a global',
      join(text('os\nsystem\ncollections'), text('OrderedDict'), '\x93'),
      /os\\u\{a\}system\\u\{a\}collections\.OrderedDict, which/,
    ],
    [
      'a newline between module and name',
      join(text(''), text('collections\nOrderedDict'), '\x93'),
      /\.collections\\u\{a\}OrderedDict, which/,
    ],
    ['__proto__ as a global', global('__proto__', 'constructor'), /__proto__\.constructor, which/],
    ['an empty global', global('', ''), /global \., which/],
    ['a global without its newline', 'cos', /does not end within 256 bytes/],
    ['a long global', global('o'.repeat(300), 'x'), /does not end within 256 bytes/],
    ['a global named by numbers', join(integer(1), integer(2), '\x93'), /not named by two texts/],
    [
      'float8',
      global('torch._utils', '_rebuild_tensor_v3'),
      /float8 or uint16\), which is not supported/,
    ],
  ])('refuses %s', async (_, values, words) => {
    expect(await refusal(() => read(of(values)))).toMatch(words);
  });

  it.each<[string, Buffer | string, RegExp]>([
    ['EXT1', '\x82\x01', /at byte 2: opcode 0x82 is none that torch writes/],
    ['EXT4', '\x84\x01\x00\x00\x00', /opcode 0x84/],
    ['INST', '(ios\nsystem\n', /opcode 0x69/],
    ['OBJ', join('(', global('collections', 'OrderedDict'), 'o'), /opcode 0x6f/],
    ['PERSID', 'P0\n', /opcode 0x50/],
    ['NEWOBJ_EX', join(global('collections', 'OrderedDict'), ')}\x92'), /opcode 0x92/],
    ['a second protocol', '\x80\x02N', /opcode 0x80/],
    ['a call of a text', join(text('eval'), ')R'), /a text cannot be called/],
    ['a call of a tensor', join(pickle.tensor({ shape: [1] }), ')R'), /a tensor cannot be called/],
    [
      'a call of a storage type',
      call(global('torch', 'FloatStorage')),
      /torch\.FloatStorage cannot be called/,
    ],
    ['a call of a dtype', call(global('torch', 'float16')), /torch\.float16 cannot be called/],
    [
      'a call without a tuple',
      join(global('collections', 'OrderedDict'), ']R'),
      /with a list, not with a tuple/,
    ],
    [
      'OrderedDict of arguments',
      call(global('collections', 'OrderedDict'), ']'),
      /called with arguments/,
    ],
    ['Size of a text', call(global('torch', 'Size'), text('x')), /not called with one tuple/],
    [
      'NEWOBJ of a function',
      join(global('torch._utils', '_rebuild_parameter'), ')\x81'),
      /cannot be called as a class/,
    ],
    [
      'a parameter of None',
      call(global('torch._utils', '_rebuild_parameter'), 'N', 'N', 'N'),
      /not called with a tensor/,
    ],
    ['attributes of a dict', '}}b', /a dict takes no attributes/],
    [
      'attributes of a global',
      join(global('collections', 'OrderedDict'), '}b'),
      /OrderedDict takes no attributes/,
    ],
    ['items of a list', join('](', integer(1), integer(2), 'u'), /a list takes no keys and values/],
    ['a key without value', join('}(', integer(1), 'u'), /a key has no value/],
    ['members of a dict', '}(Ne', /a dict is not a list/],
    ['an empty stack', '0', /a value is needed/],
    ['a value below a mark', 'N(\x85', /a value is needed/],
    ['no mark', 'Nt', /a mark is needed/],
    ['a memo that was never set', 'h\x05', /value 5 of the memo was never set/],
    ['values left', 'NN', /values are left at its end/],
    ['a mark left', '(N', /values are left|value is needed/],
    ['nothing', '', /a value is needed/],
    ['bytes behind the end', 'N.N', /2 bytes follow its end/],
    ['a text beyond the end', hex('58 05000000 41'), /5 bytes are needed and 2 are left/],
    ['a text of 2^32 bytes', hex('58 ffffffff'), /4294967295 bytes is above the limit of 1048576/],
    ['a text of 2^64 bytes', hex('8d ffffffffffffffff'), /above the limit of 1048576/],
    ['bytes of 2^64', hex('8e ffffffffffffffff'), /bytes are needed and 1 are left/],
    ['an integer of 2^32 bytes', hex('8b ffffffff'), /above the limit of 255/],
    ['a text that is not UTF-8', join(hex('58 01000000 ff')), /at byte 2: a text is not UTF-8/],
    ['a frame beyond the end', hex('95 ffffffff00000000'), /a frame of 4294967295 bytes/],
    [
      'a persistent id that is a text',
      join(text('x'), 'Q'),
      /persistent id is not that of a storage/,
    ],
    [
      'a persistent id of a module',
      join(tuple(text('module'), 'N', 'N', 'N', 'N'), 'Q'),
      /persistent id is not/,
    ],
    [
      'a storage without type',
      join(tuple(text('storage'), 'N', text('0'), text('cpu'), integer(1)), 'Q'),
      /has the type None/,
    ],
    [
      'a storage named ../x',
      pickle.storage('FloatStorage', '../x', 1),
      /the key "\.\.\/x", which is not a number/,
    ],
    [
      'a storage with a number as key',
      join(
        tuple(
          text('storage'),
          global('torch', 'FloatStorage'),
          integer(0),
          text('cpu'),
          integer(1),
        ),
        'Q',
      ),
      /has the key 0/,
    ],
    [
      'a storage of -1 elements',
      pickle.storage('FloatStorage', '0', -1),
      /storage 0 has -1 as its length/,
    ],
    [
      'a tensor of nothing',
      call(global('torch._utils', '_rebuild_tensor_v2')),
      /made of 0 values, not of 6/,
    ],
    [
      'a tensor of None',
      call(global('torch._utils', '_rebuild_tensor_v2'), 'N', 'N', 'N', 'N', 'N', 'N'),
      /made of None, not of a storage/,
    ],
    [
      'a negative size',
      pickle.tensor({ shape: [-1], elements: 1 }),
      /size of a tensor is not of whole numbers/,
    ],
    [
      'a negative stride',
      pickle.tensor({ shape: [2], strides: [-1] }),
      /stride of a tensor is not of/,
    ],
    ['a negative offset', pickle.tensor({ shape: [2], storageOffset: -1 }), /offset of a tensor/],
    [
      'nine dimensions',
      pickle.tensor({ shape: Array(9).fill(1) }),
      /9 dimensions, above the limit of 8/,
    ],
    [
      'more strides than sizes',
      pickle.tensor({ shape: [2], strides: [1, 1] }),
      /1 sizes but 2 strides/,
    ],
    [
      'a tensor without element type',
      pickle.tensor({ shape: [2], storageType: 'UntypedStorage' }),
      /storage without type/,
    ],
  ])('refuses %s', async (_, values, words) => {
    expect(await refusal(() => read(of(values)))).toMatch(words);
  });

  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['protocol 0', Buffer.from('N.')],
    ['protocol 6', hex('80064e2e')],
    ['protocol without number', hex('80')],
  ])('refuses %s as the beginning', async (_, bytes) => {
    expect(await refusal(() => read(bytes))).toMatch(/protocol 2, 3, 4, 5|bytes are needed/);
  });

  it('refuses a pickle that is cut anywhere', async () => {
    const whole = pickle.stateDict({ a: { shape: [2, 3] }, b: { shape: [4], key: '1' } });
    for (let length = 0; length < whole.length; length++) {
      expect(await refusal(() => read(whole.subarray(0, length)))).toMatch(/damaged at byte/);
    }
  });
});

describe('limits of unpickle', () => {
  const million = Buffer.alloc(1_100_000);

  it.each<[string, Buffer, RegExp]>([
    ['opcodes', of(Buffer.from(million.fill('N0'))), /more than 1000000 opcodes/],
    ['the stack', of(Buffer.from(million.fill('N'))), /stack is above the limit of 131072/],
    ['marks', of(Buffer.from(million.fill('('))), /stack is above the limit of 131072/],
    ['copies', of('N', Buffer.from(million.fill('2'))), /stack is above the limit of 131072/],
    ['nesting', of(Buffer.from(million.fill('}('))), /stack is above the limit of 131072/],
    [
      'nested tuples',
      of('N', Buffer.from(million.fill('\x85', 'latin1'))),
      /more than 1000000 opcodes/,
    ],
    [
      'the memo',
      of('N', Buffer.from(million.fill('\x94', 'latin1'))),
      /memo is above the limit of 524288/,
    ],
  ])('bound %s', async (_, bytes, words) => {
    expect(await refusal(() => read(bytes))).toMatch(words);
  });

  it('let a billion laughs be no more than its opcodes', () => {
    expect(read(of(tuple(laughs(200, 1000))))).toMatchObject({ kind: 'tuple' });
  });

  it('take a dict that holds itself', () => {
    expect(read(of('}q\x00', text('me'), 'h\x00s'))).toMatchObject({ kind: 'dict' });
  });

  it('refuse one long tuple as the size of many tensors without walking it each time', async () => {
    const long = join('(', Buffer.alloc(100_000, 'N'), 't', 'q\x00', '0');
    const tensor = pickle.call(
      global('torch._utils', '_rebuild_tensor_v2'),
      pickle.storage('FloatStorage', '0', 1),
      integer(0),
      'h\x00',
      'h\x00',
      '\x89',
      'N',
    );
    expect(await refusal(() => read(of(long, dict(text('a'), tensor))))).toMatch(
      /100000 dimensions/,
    );
  });
});
