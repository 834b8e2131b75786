import type { CheckpointFile } from './checkpoint-file.js';
import { printable } from './printable.js';

/** What the central directory says about one entry. */
export interface DirectoryEntry {
  readonly name: string;
  /** The bytes of the name, to compare with the entry's own header. */
  readonly nameBytes: Buffer;
  /** First byte of the entry's own header. */
  readonly headerOffset: number;
  /** Bytes of the data. */
  readonly length: number;
}

/** A file's stem (255 bytes at most) with `/data/` and a number; above this it is no name. */
const MAX_NAME_BYTES = 1024;
const ENTRY_MARK = 0x02014b50;
const ENTRY_BYTES = 46;
/** Flag bits 0, 6 and 13: encrypted, strongly encrypted, encrypted directory. */
const ENCRYPTED_FLAGS = 0x2041;
const STORED = 0;
/** The MS-DOS attribute of a folder. */
const FOLDER_ATTRIBUTE = 0x10;
const ZIP64_EXTRA = 0x0001;
const SEE_ZIP64 = 0xffffffff;

// Names are UTF-8 whatever the flag says: torch's ZIP writer stores the bytes as it gets them.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeName(file: CheckpointFile, bytes: Buffer): string {
  let name: string;
  try {
    name = utf8.decode(bytes);
  } catch {
    return file.invalid('has a ZIP entry whose name is not UTF-8; it is damaged');
  }
  // A NUL ends the name for readers in C, so that they would see another file than this one.
  if (name.includes('\0')) {
    file.invalid(`has a ZIP entry with a NUL in its name (${printable(name)}); do not load it`);
  }
  return name;
}

/** The 64-bit fields of the ZIP64 extra field, in order. */
function readZip64Fields(file: CheckpointFile, name: string, extra: Buffer): bigint[] {
  for (let at = 0; at + 4 <= extra.length; ) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length) break;
    if (extra.readUInt16LE(at) === ZIP64_EXTRA) {
      const fields: bigint[] = [];
      for (let field = at + 4; field + 8 <= end; field += 8) {
        fields.push(extra.readBigUInt64LE(field));
      }
      return fields;
    }
    at = end;
  }
  return file.invalid(
    `entry ${printable(name)} has no ZIP64 sizes where it needs them; it is damaged`,
  );
}

/** The entry at the start of `bytes`, and how long its description is. */
function parseEntry(file: CheckpointFile, bytes: Buffer): { entry: DirectoryEntry; used: number } {
  if (bytes.length < ENTRY_BYTES || bytes.readUInt32LE(0) !== ENTRY_MARK) {
    file.invalid('has a broken ZIP directory; it is damaged, download it again');
  }
  const nameLength = bytes.readUInt16LE(28);
  const extraLength = bytes.readUInt16LE(30);
  const used = ENTRY_BYTES + nameLength + extraLength + bytes.readUInt16LE(32);
  if (nameLength === 0 || nameLength > MAX_NAME_BYTES || used > bytes.length) {
    file.invalid(
      `has a ZIP entry with a name of ${nameLength} bytes (limit ${MAX_NAME_BYTES}) in a directory of which ${bytes.length} bytes are left; it is damaged`,
    );
  }
  const nameBytes = bytes.subarray(ENTRY_BYTES, ENTRY_BYTES + nameLength);
  const name = decodeName(file, nameBytes);
  const bad = (problem: string): never =>
    file.invalid(`entry ${printable(name)} ${problem}`, { entry: name });

  if ((bytes.readUInt16LE(8) & ENCRYPTED_FLAGS) !== 0) bad('is encrypted; torch encrypts nothing');
  const method = bytes.readUInt16LE(10);
  if (method !== STORED) {
    bad(
      `is compressed (ZIP method ${method}), so that its values cannot be used in place; save it again with torch.save, which stores entries as they are`,
    );
  }
  const narrow = [bytes.readUInt32LE(24), bytes.readUInt32LE(20), bytes.readUInt32LE(42)] as const;
  // The extra field holds only those that did not fit into 32 bits, in this order.
  const extra = bytes.subarray(ENTRY_BYTES + nameLength, ENTRY_BYTES + nameLength + extraLength);
  const wide = narrow.includes(SEE_ZIP64) ? readZip64Fields(file, name, extra) : [];
  const [length, storedLength, headerOffset] = narrow.map((field) => {
    if (field !== SEE_ZIP64) return field;
    const value = wide.shift();
    return value === undefined ? bad('lacks one of its ZIP64 sizes') : Number(value);
  }) as [number, number, number];
  if (length !== storedLength) {
    bad(
      `is stored as it is, but with the two lengths ${length} and ${storedLength}; it is damaged`,
    );
  }
  // torch's reader reads nothing of such an entry and gives whatever was in memory.
  if ((bytes.readUInt32LE(38) & FOLDER_ATTRIBUTE) !== 0 && length > 0) {
    bad(`is marked as a folder, but has ${length} bytes; it is damaged`);
  }
  if (bytes.readUInt16LE(34) !== 0) bad('lies in another part of a ZIP file in several');
  return { entry: { name, nameBytes, headerOffset, length }, used };
}

/**
 * The entries of a central directory, in its order. Offsets and lengths are still what the file says.
 *
 * @throws CHECKPOINT_INVALID for entries that are compressed, encrypted, misnamed or cut
 */
export function parseDirectory(
  file: CheckpointFile,
  directory: Buffer,
  count: number,
): DirectoryEntry[] {
  const entries: DirectoryEntry[] = [];
  let rest = directory;
  for (let index = 0; index < count; index++) {
    const { entry, used } = parseEntry(file, rest);
    entries.push(entry);
    rest = rest.subarray(used);
  }
  if (rest.length > 0) {
    file.invalid(
      `has ${rest.length} bytes in its ZIP directory after the last of ${count} entries; it is damaged`,
    );
  }
  return entries;
}
