import type { CheckpointFile } from './checkpoint-file.js';

/** Where the central directory lies. */
export interface DirectoryPlace {
  readonly offset: number;
  readonly length: number;
  readonly entries: number;
}

/** 13B parameters in one file have about 400; reading the headers of so many takes about a second. */
const MAX_ENTRIES = 32_768;
/** So many entries with names of common length take 5 MB; the directory is read into memory whole. */
const MAX_DIRECTORY_BYTES = 16 * 1024 * 1024;
/** The shortest entry of the directory: its fixed part. */
const MIN_ENTRY_BYTES = 46;

const END_MARK = 0x06054b50;
const END_BYTES = 22;
const LOCATOR_MARK = 0x07064b50;
const LOCATOR_BYTES = 20;
const END64_MARK = 0x06064b50;
const END64_BYTES = 56;
/** The size field of a ZIP64 end record does not count its first 12 bytes. */
const END64_UNCOUNTED_BYTES = 12;
const MAX_COMMENT_BYTES = 0xffff;

/** The place of the end record in `tail`: the last one whose comment ends with the file. */
function findEnd(tail: Buffer): number | undefined {
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    const fits = tail.readUInt32LE(at) === END_MARK;
    if (fits && at + END_BYTES + tail.readUInt16LE(at + 20) === tail.length) return at;
  }
  return undefined;
}

/** A field of the end record, or its ZIP64 value where the field says "see there". */
function widen(file: CheckpointFile, what: string, field: number, mark: number, wide?: bigint) {
  if (wide === undefined) return field;
  if (field !== mark && BigInt(field) !== wide) {
    file.invalid(`has two end records that differ: ${what} ${field} and ${wide}; it is damaged`);
  }
  return Number(wide);
}

/** The ZIP64 end record, which files above 4 GiB need and torch always writes. */
async function readEnd64(
  file: CheckpointFile,
  locator: Buffer,
  locatorOffset: number,
): Promise<{ record: Buffer; offset: number }> {
  const offset = Number(locator.readBigUInt64LE(8));
  if (offset + END64_BYTES > locatorOffset) {
    file.invalid(
      `says that its ZIP64 end record is at byte ${offset}, but it must end before byte ${locatorOffset}; it is damaged`,
    );
  }
  const record = await file.read(offset, END64_BYTES);
  const length = Number(record.readBigUInt64LE(4)) + END64_UNCOUNTED_BYTES;
  if (record.readUInt32LE(0) !== END64_MARK || offset + length !== locatorOffset) {
    file.invalid(`has no whole ZIP64 end record at byte ${offset}; it is damaged`);
  }
  if (
    locator.readUInt32LE(4) !== 0 ||
    record.readUInt32LE(16) !== 0 ||
    record.readUInt32LE(20) !== 0 ||
    record.readBigUInt64LE(24) !== record.readBigUInt64LE(32)
  ) {
    file.invalid('is one part of a ZIP file in several; torch writes one file');
  }
  return { record, offset };
}

/**
 * Finds the central directory from the end of the file. It must end where the end records begin and
 * nothing may lie between, so that two readers cannot see two directories.
 *
 * @throws CHECKPOINT_INVALID with the numbers
 */
export async function findZipDirectory(file: CheckpointFile): Promise<DirectoryPlace> {
  const tailBytes = Math.min(file.size, LOCATOR_BYTES + END_BYTES + MAX_COMMENT_BYTES);
  const tailOffset = file.size - tailBytes;
  const tail = await file.read(tailOffset, tailBytes);
  const at = findEnd(tail);
  if (at === undefined) {
    return file.invalid('has no ZIP end record; it is truncated, download it again');
  }
  const end = tail.subarray(at, at + END_BYTES);
  if (
    end.readUInt16LE(4) !== 0 ||
    end.readUInt16LE(6) !== 0 ||
    end.readUInt16LE(8) !== end.readUInt16LE(10)
  ) {
    file.invalid('is one part of a ZIP file in several; torch writes one file');
  }

  let directoryEnd = tailOffset + at;
  let end64: Buffer | undefined;
  if (at >= LOCATOR_BYTES && tail.readUInt32LE(at - LOCATOR_BYTES) === LOCATOR_MARK) {
    const found = await readEnd64(
      file,
      tail.subarray(at - LOCATOR_BYTES, at),
      directoryEnd - LOCATOR_BYTES,
    );
    end64 = found.record;
    directoryEnd = found.offset;
  }
  const entries = widen(file, 'entries', end.readUInt16LE(10), 0xffff, end64?.readBigUInt64LE(32));
  const length = widen(
    file,
    'directory bytes',
    end.readUInt32LE(12),
    0xffffffff,
    end64?.readBigUInt64LE(40),
  );
  const offset = widen(
    file,
    'directory offset',
    end.readUInt32LE(16),
    0xffffffff,
    end64?.readBigUInt64LE(48),
  );

  if (entries > MAX_ENTRIES || length > MAX_DIRECTORY_BYTES) {
    file.invalid(
      `says that its ZIP directory has ${entries} entries in ${length} bytes, above the limits of ${MAX_ENTRIES} and ${MAX_DIRECTORY_BYTES}`,
    );
  }
  if (offset + length !== directoryEnd || entries * MIN_ENTRY_BYTES > length) {
    file.invalid(
      `says that its ZIP directory of ${entries} entries lies at bytes ${offset} to ${offset + length}, but it ends at byte ${directoryEnd}; it is truncated or damaged, download it again`,
    );
  }
  return { offset, length, entries };
}
