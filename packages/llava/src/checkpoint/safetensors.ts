import { type FileHandle, open, realpath } from 'node:fs/promises';
import { AutopruneError } from '@autoprune/core';
import { DTYPE_BYTES, elementCount, type StoredDtype, type StoredTensor } from './stored-tensor.js';

/** The format's own limit of the header (the reference reader refuses more). */
const MAX_HEADER_BYTES = 100_000_000;
/** Bytes of the length that a file begins with. */
const PREFIX_BYTES = 8;
/** Dimensions beyond this are not a weight; the reference format has no limit, a bomb would use that. */
const MAX_DIMENSIONS = 8;

const DTYPES: Readonly<Record<string, StoredDtype>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U8: 'uint8',
  BOOL: 'bool',
};

function invalid(file: string, problem: string, details: Record<string, unknown> = {}): never {
  throw new AutopruneError('CHECKPOINT_INVALID', `${file}: ${problem}`, { file, ...details });
}

async function readExactly(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}

/**
 * Reads the header of a safetensors file: names, types, shapes and places, every one checked. No tensor
 * data is read.
 *
 * @throws CHECKPOINT_INVALID naming the file, the tensor, the number and the limit
 */
export async function readSafetensorsHeader(path: string): Promise<StoredTensor[]> {
  const file = await realpath(path);
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    if (size < PREFIX_BYTES) {
      invalid(path, `is ${size} bytes long, too short for a safetensors file; download it again`);
    }
    const length = (await readExactly(handle, 0, PREFIX_BYTES)).readBigUInt64LE(0);
    if (length > BigInt(MAX_HEADER_BYTES)) {
      invalid(
        path,
        `says that its header is ${length} bytes long, above the format's limit of ${MAX_HEADER_BYTES}; it is not a safetensors file`,
      );
    }
    const headerBytes = Number(length);
    if (PREFIX_BYTES + headerBytes > size) {
      invalid(
        path,
        `says that its header is ${headerBytes} bytes long, but the file has ${size}; it is truncated, download it again`,
      );
    }
    const text = (await readExactly(handle, PREFIX_BYTES, headerBytes)).toString('utf8');
    const dataStart = PREFIX_BYTES + headerBytes;
    return checkHeader(path, file, parseHeader(path, text), dataStart, size - dataStart);
  } finally {
    await handle.close();
  }
}

function parseHeader(path: string, text: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    invalid(path, `has a header that is not JSON (${(cause as Error).message})`);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    invalid(path, 'has a header that is not a JSON object');
  }
  return header as Record<string, unknown>;
}

function checkHeader(
  path: string,
  file: string,
  header: Record<string, unknown>,
  dataStart: number,
  dataBytes: number,
): StoredTensor[] {
  const tensors: StoredTensor[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    tensors.push(checkEntry(path, file, name, entry, dataStart, dataBytes));
  }
  const byOffset = tensors.filter(({ length }) => length > 0).sort((a, b) => a.offset - b.offset);
  for (let index = 1; index < byOffset.length; index++) {
    const previous = byOffset[index - 1]!;
    const current = byOffset[index]!;
    if (previous.offset + previous.length > current.offset) {
      invalid(
        path,
        `tensors ${previous.name} and ${current.name} overlap at byte ${current.offset}; the file is damaged`,
        { first: previous.name, second: current.name },
      );
    }
  }
  return tensors;
}

function checkEntry(
  path: string,
  file: string,
  name: string,
  entry: unknown,
  dataStart: number,
  dataBytes: number,
): StoredTensor {
  const bad = (problem: string): never => invalid(path, `tensor ${name} ${problem}`, { name });
  if (typeof entry !== 'object' || entry === null) return bad('has no description');
  const { dtype, shape, data_offsets: offsets } = entry as Record<string, unknown>;
  const type = typeof dtype === 'string' ? DTYPES[dtype] : undefined;
  if (!type) {
    return bad(
      `has the unknown dtype ${JSON.stringify(dtype)}; known are ${Object.keys(DTYPES).join(', ')}`,
    );
  }
  const isCount = (value: unknown): value is number =>
    Number.isSafeInteger(value) && (value as number) >= 0;
  if (!Array.isArray(shape) || shape.length > MAX_DIMENSIONS || !shape.every(isCount)) {
    return bad(`has the shape ${JSON.stringify(shape)}, which is not a list of whole numbers`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return bad(`has data_offsets ${JSON.stringify(offsets)}, which are not two whole numbers`);
  }
  const [start, end] = offsets as [number, number];
  if (start > end || end > dataBytes) {
    return bad(
      `lies at bytes ${start} to ${end} of the data, but the file holds ${dataBytes}; it is truncated or damaged`,
    );
  }
  const expected = elementCount(shape) * DTYPE_BYTES[type];
  if (!Number.isSafeInteger(expected) || end - start !== expected) {
    return bad(
      `has shape [${shape.join(', ')}] of ${dtype}, which takes ${expected} bytes, but spans ${end - start}`,
    );
  }
  return { name, dtype: type, shape, file, offset: dataStart + start, length: end - start };
}
