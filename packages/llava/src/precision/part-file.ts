import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensorsHeader } from '../checkpoint/safetensors.js';
import { elementCount, type StoredTensor } from '../checkpoint/stored-tensor.js';
import type { MatrixScheme } from './dtype.js';
import type { ModelPart, PartTensor } from './model-parts.js';
import { INT4_BLOCK, type Int8Range, int4Blocks } from './quantize.js';

/** How the matrices of one file are held: a scheme, and the range of its integers where that is chosen by machine. */
export interface PartScheme {
  readonly matrices: Exclude<MatrixScheme, 'float'>;
  readonly int8Range: Int8Range;
}

/** One array of a part's file. */
interface Piece {
  readonly name: string;
  readonly dtype: 'float32' | 'int8' | 'uint8';
  readonly shape: readonly number[];
  readonly bytes: number;
}

const SAFETENSORS_NAMES = { float32: 'F32', int8: 'I8', uint8: 'U8' } as const;
const BYTES = { float32: 4, int8: 1, uint8: 1 } as const;
/** Arrays begin at multiples of this many bytes, which a header padded to it gives them. */
const ALIGNMENT = 64;

function piece(name: string, dtype: Piece['dtype'], shape: readonly number[]): Piece {
  return { name, dtype, shape, bytes: BYTES[dtype] * elementCount(shape) };
}

/** The arrays that hold one tensor: integers and scales of a matrix, the float32 values of anything else. */
function piecesOf({ name, shape, matrix }: PartTensor, scheme: PartScheme): Piece[] {
  if (!matrix) return [piece(name, 'float32', shape)];
  const [out, inputs] = shape as [number, number];
  if (scheme.matrices === 'int8') {
    return [piece(name, 'int8', [inputs, out]), piece(`${name}.scales`, 'float32', [out])];
  }
  const blocks = int4Blocks(inputs);
  return [
    piece(name, 'uint8', [out, blocks, INT4_BLOCK / 2]),
    piece(`${name}.scales`, 'float32', [out * blocks]),
  ];
}

/** Name of the scheme in file names: weights within −63 … 63 are 7-bit integers. */
function schemeName({ matrices, int8Range }: PartScheme): string {
  return matrices === 'int8' && int8Range === 63 ? 'int7' : matrices;
}

/** What the name of a part's file begins with; what follows is the hash of its content. */
export function partFilePrefix(part: ModelPart, scheme: PartScheme): string {
  return `${part.name}.${schemeName(scheme)}.`;
}

/** Ends the name of a part's file. */
export const PART_FILE_SUFFIX = '.safetensors';

/** Bytes of a part's file. */
export function partFileBytes(part: ModelPart, scheme: PartScheme): number {
  return headerOf(part, scheme).length + dataBytes(part, scheme);
}

function dataBytes(part: ModelPart, scheme: PartScheme): number {
  return part.tensors
    .flatMap((tensor) => piecesOf(tensor, scheme))
    .reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Length and JSON of a safetensors header. */
function headerOf(part: ModelPart, scheme: PartScheme): Uint8Array {
  let offset = 0;
  const entries = part.tensors
    .flatMap((tensor) => piecesOf(tensor, scheme))
    .map(({ name, dtype, shape, bytes }) => {
      const entry = {
        dtype: SAFETENSORS_NAMES[dtype],
        shape,
        data_offsets: [offset, offset + bytes],
      };
      offset += bytes;
      return [name, entry] as const;
    });
  const header = {
    __metadata__: { part: part.name, scheme: schemeName(scheme), block: String(INT4_BLOCK) },
    ...Object.fromEntries(entries),
  };
  const json = JSON.stringify(header);
  const length = 8 + Math.ceil((json.length + 8) / ALIGNMENT) * ALIGNMENT - 8;
  const bytes = Buffer.alloc(length, ' ');
  bytes.writeBigUInt64LE(BigInt(length - 8), 0);
  bytes.write(json, 8, 'latin1');
  return bytes;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done)).bytesWritten;
  }
}

/**
 * Writes a part's file under a temporary name and renames it to one that holds the hash of its content.
 *
 * @param fill  the arrays of a tensor, in the order of {@link piecesOf}
 * @returns the path
 */
export async function writePartFile(
  folder: string,
  part: ModelPart,
  scheme: PartScheme,
  fill: (tensor: PartTensor) => Promise<readonly ArrayBufferView[]>,
): Promise<string> {
  const temporary = join(folder, `.${part.name}.${randomUUID()}.tmp`);
  try {
    const hash = createHash('sha256');
    const handle = await open(temporary, 'w');
    try {
      const write = async (bytes: Uint8Array): Promise<void> => {
        hash.update(bytes);
        await writeAll(handle, bytes);
      };
      await write(headerOf(part, scheme));
      for (const tensor of part.tensors) {
        for (const { buffer, byteOffset, byteLength } of await fill(tensor)) {
          await write(new Uint8Array(buffer, byteOffset, byteLength));
        }
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    const name = `${partFilePrefix(part, scheme)}${hash.digest('hex')}${PART_FILE_SUFFIX}`;
    await rename(temporary, join(folder, name));
    return join(folder, name);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * The tensors of a part's file by the name that they are asked for, or undefined when the file is not what its name
 * says: another version of the format, or damaged.
 */
export async function readPartFile(
  path: string,
  part: ModelPart,
  scheme: PartScheme,
): Promise<ReadonlyMap<string, StoredTensor> | undefined> {
  const stored = await readSafetensorsHeader(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'CHECKPOINT_INVALID') return [];
    throw error;
  });
  const table = new Map(stored.map((tensor) => [tensor.name, tensor]));
  const found = new Map<string, StoredTensor>();
  for (const tensor of part.tensors) {
    const pieces = piecesOf(tensor, scheme).map((expected) => {
      const held = table.get(expected.name);
      const same = held?.dtype === expected.dtype && held.shape.join() === expected.shape.join();
      return same ? held : undefined;
    });
    const [values, scales] = pieces;
    if (!values || pieces.includes(undefined)) return undefined;
    found.set(tensor.name, scales ? quantized(values, scales, tensor, scheme) : values);
  }
  return found;
}

function quantized(
  values: StoredTensor,
  scales: StoredTensor,
  tensor: PartTensor,
  scheme: PartScheme,
): StoredTensor {
  if (scheme.matrices === 'int8') return { ...values, quantization: { scheme: 'int8', scales } };
  const inputs = tensor.shape[1]!;
  return { ...values, quantization: { scheme: 'int4', scales, block: INT4_BLOCK, inputs } };
}
