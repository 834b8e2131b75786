/** A ZIP file for tests, in which every number can be made wrong. */

export interface ZipInput {
  readonly name: string;
  readonly data: Uint8Array;
  /** Zero bytes that follow `data` and are not written, for sparse files. */
  readonly hole?: number;
  /** What the directory says, where that is not the truth. */
  readonly method?: number;
  readonly flags?: number;
  /** MS-DOS attributes. */
  readonly attributes?: number;
  readonly headerOffset?: number;
  readonly length?: number;
  readonly storedLength?: number;
  /** Name in the entry's own header, where it is another. */
  readonly headerName?: string;
  /** Sizes and offset go to a ZIP64 extra field. */
  readonly wide?: boolean;
  /** The ZIP64 extra field is left out although `wide`. */
  readonly noExtra?: boolean;
}

export interface ZipOptions {
  /** Adds the ZIP64 end records, as torch always does. */
  readonly zip64?: boolean;
  readonly comment?: string;
  readonly claimedEntries?: bigint;
  readonly claimedLength?: bigint;
  readonly claimedOffset?: bigint;
  readonly end64Offset?: bigint;
}

const ALIGNMENT = 64;

function fixed(
  bytes: number,
  fields: readonly (readonly [at: number, size: 2 | 4 | 8, value: number | bigint])[],
): Buffer {
  const buffer = Buffer.alloc(bytes);
  for (const [at, size, value] of fields) {
    if (size === 8) buffer.writeBigUInt64LE(BigInt(value), at);
    else buffer.writeUIntLE(Number(value), at, size);
  }
  return buffer;
}

function header(name: Buffer, offset: number, data: Uint8Array): Buffer {
  // torch pads with an extra field "FB" so that the data is aligned.
  const padding = (ALIGNMENT - ((offset + 30 + name.length + 4) % ALIGNMENT)) % ALIGNMENT;
  return Buffer.concat([
    fixed(30, [
      [0, 4, 0x04034b50],
      [6, 2, 0x0808],
      [26, 2, name.length],
      [28, 2, 4 + padding],
    ]),
    name,
    Buffer.from('FB'),
    fixed(2, [[0, 2, padding]]),
    Buffer.alloc(padding, 'Z'),
    data,
  ]);
}

function directoryEntry(input: ZipInput, offset: number): Buffer {
  const name = Buffer.from(input.name);
  const length = input.length ?? input.data.length + (input.hole ?? 0);
  const storedLength = input.storedLength ?? length;
  const headerOffset = input.headerOffset ?? offset;
  const extra = fixed(28, [
    [0, 2, 1],
    [2, 2, 24],
    [4, 8, length],
    [12, 8, storedLength],
    [20, 8, headerOffset],
  ]).subarray(0, input.wide && !input.noExtra ? 28 : 0);
  return Buffer.concat([
    fixed(46, [
      [0, 4, 0x02014b50],
      [8, 2, input.flags ?? 0x0808],
      [10, 2, input.method ?? 0],
      [20, 4, input.wide ? 0xffffffff : storedLength],
      [24, 4, input.wide ? 0xffffffff : length],
      [28, 2, name.length],
      [30, 2, extra.length],
      [38, 4, input.attributes ?? 0],
      [42, 4, input.wide ? 0xffffffff : headerOffset],
    ]),
    name,
    extra,
  ]);
}

/** The parts of a ZIP file of stored entries, with their places; only holes lie between them. */
export function zipParts(
  inputs: readonly ZipInput[],
  options: ZipOptions = {},
): { offset: number; bytes: Buffer }[] {
  const parts: { offset: number; bytes: Buffer }[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const input of inputs) {
    const part = header(Buffer.from(input.headerName ?? input.name), offset, input.data);
    parts.push({ offset, bytes: part });
    directory.push(directoryEntry(input, offset));
    offset += part.length + (input.hole ?? 0);
  }
  const listed = Buffer.concat(directory);
  const entries = options.claimedEntries ?? BigInt(inputs.length);
  const length = options.claimedLength ?? BigInt(listed.length);
  const start = options.claimedOffset ?? BigInt(offset);
  const end64Offset = offset + listed.length;
  const end64 = Buffer.concat([
    fixed(56, [
      [0, 4, 0x06064b50],
      [4, 8, 44],
      [24, 8, entries],
      [32, 8, entries],
      [40, 8, length],
      [48, 8, start],
    ]),
    fixed(20, [
      [0, 4, 0x07064b50],
      [8, 8, options.end64Offset ?? end64Offset],
      [16, 4, 1],
    ]),
  ]);
  const cut = (value: bigint, most: bigint) => (value > most ? most : value);
  const comment = Buffer.from(options.comment ?? '');
  const end = fixed(22, [
    [0, 4, 0x06054b50],
    [8, 2, cut(entries, 0xffffn)],
    [10, 2, cut(entries, 0xffffn)],
    [12, 4, cut(length, 0xffffffffn)],
    [16, 4, cut(start, 0xffffffffn)],
    [20, 2, comment.length],
  ]);
  const last = Buffer.concat([listed, ...(options.zip64 ? [end64] : []), end, comment]);
  return [...parts, { offset, bytes: last }];
}

/** A ZIP file of stored entries. */
export function zipFile(inputs: readonly ZipInput[], options: ZipOptions = {}): Buffer {
  return Buffer.concat(zipParts(inputs, options).map(({ bytes }) => bytes));
}
