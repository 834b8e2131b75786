import type { CheckpointFile } from './checkpoint-file.js';
import { printable } from './printable.js';
import { findZipDirectory } from './zip-end.js';
import { type DirectoryEntry, parseDirectory } from './zip-entry.js';

/** A stored entry of a ZIP file: where its bytes lie, as they are. */
export interface ZipEntry {
  readonly name: string;
  /** First byte of the data in the file. */
  readonly offset: number;
  readonly length: number;
}

const HEADER_MARK = 0x04034b50;
const HEADER_BYTES = 30;

/**
 * Reads the entry's own header, which alone says where the data begins: torch pads its extra field so
 * that the data is aligned, and the directory does not know of that.
 */
async function locate(
  file: CheckpointFile,
  entry: DirectoryEntry,
  limit: number,
): Promise<ZipEntry> {
  const { name, nameBytes, headerOffset, length } = entry;
  const bad = (problem: string): never =>
    file.invalid(`entry ${printable(name)} ${problem}`, { entry: name, headerOffset, length });
  const headerBytes = HEADER_BYTES + nameBytes.length;
  if (headerOffset + headerBytes + length > limit) {
    bad(
      `lies at bytes ${headerOffset} to ${headerOffset + headerBytes + length}, but the entries end at byte ${limit}; the file is truncated or damaged`,
    );
  }
  const header = await file.read(headerOffset, headerBytes);
  if (header.readUInt32LE(0) !== HEADER_MARK) bad(`has no header at byte ${headerOffset}`);
  // One entry under two names would be two files for two readers.
  if (
    header.readUInt16LE(26) !== nameBytes.length ||
    !header.subarray(HEADER_BYTES).equals(nameBytes)
  ) {
    bad(`has another name in its header at byte ${headerOffset}`);
  }
  const offset = headerOffset + headerBytes + header.readUInt16LE(28);
  if (offset + length > limit) {
    bad(
      `has its data at bytes ${offset} to ${offset + length}, but the entries end at byte ${limit}; the file is truncated or damaged`,
    );
  }
  return { name, offset, length };
}

/**
 * All entries of a ZIP file by name, each checked: stored as it is, inside the file, overlapping no
 * other. Of the data nothing is read.
 *
 * @throws CHECKPOINT_INVALID naming the file, the entry, the numbers and the limit
 */
export async function readZipDirectory(
  file: CheckpointFile,
): Promise<ReadonlyMap<string, ZipEntry>> {
  const place = await findZipDirectory(file);
  const directory = await file.read(place.offset, place.length);
  const listed = parseDirectory(file, directory, place.entries);
  listed.sort((a, b) => a.headerOffset - b.headerOffset);

  const entries = new Map<string, ZipEntry>();
  let previous: ZipEntry | undefined;
  for (const one of listed) {
    if (entries.has(one.name)) {
      file.invalid(
        `has two entries named ${printable(one.name)}, and readers differ in which they take; do not load it`,
      );
    }
    if (previous && previous.offset + previous.length > one.headerOffset) {
      file.invalid(
        `entries ${printable(previous.name)} and ${printable(one.name)} overlap at byte ${one.headerOffset}; it is damaged or made to deceive`,
        { first: previous.name, second: one.name },
      );
    }
    previous = await locate(file, one, place.offset);
    entries.set(one.name, previous);
  }
  return entries;
}
