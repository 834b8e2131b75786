import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import type { StoredTensor } from '../checkpoint/stored-tensor.js';
import type { FileHashes } from './file-hashes.js';
import { gigabytes } from './gigabytes.js';
import type { ModelPart, PartTensor } from './model-parts.js';
import {
  PART_FILE_SUFFIX,
  type PartScheme,
  partFileBytes,
  partFilePrefix,
  readPartFile,
  writePartFile,
} from './part-file.js';

/** Version of what is stored and how; another one lives in another folder. */
export const STORE_VERSION = 1;

/** One file that a store should hold. */
export interface WantedPart {
  readonly part: ModelPart;
  readonly scheme: PartScheme;
}

/** How far a store is with making what it lacks. */
export interface ConversionProgress {
  readonly stage: 'convert';
  readonly done: number;
  readonly total: number;
  readonly part: string;
}

/** Options of {@link openStore}. */
export interface StoreOptions {
  readonly hashes: FileHashes;
  /** What the store is of, in words, for people who look into the cache. */
  readonly label: string;
  /** The arrays of a tensor in a scheme, in the order of its pieces. */
  readonly fill: (
    tensor: PartTensor,
    scheme: PartScheme,
    part: string,
  ) => Promise<readonly ArrayBufferView[]>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ConversionProgress) => void) | undefined;
}

/** Tensors of one part by name. */
export type PartTensors = ReadonlyMap<string, StoredTensor>;

/** Folder of the store for the weights that `key` stands for. */
export function storeFolder(cache: string, key: unknown): string {
  const digest = createHash('sha256').update(JSON.stringify(key)).digest('hex');
  return join(cache, `weights-${STORE_VERSION}`, digest.slice(0, 32));
}

/**
 * Opens every wanted part of a store, making those that are missing or damaged, one after another: each is written whole
 * or not at all, so that what an interrupted run has made is there for the next.
 *
 * @throws CACHE_FAILED naming the folder when it cannot be written or the disk is full
 */
export async function openStore(
  folder: string,
  wanted: readonly WantedPart[],
  options: StoreOptions,
): Promise<PartTensors[]> {
  const { hashes, signal, onProgress } = options;
  const names = await readdir(folder).catch((): string[] => []);
  const found = await Promise.all(
    wanted.map(({ part, scheme }) => findPart(folder, names, part, scheme, hashes, signal)),
  );
  const missing = wanted.filter((_, index) => found[index] === undefined);
  if (missing.length > 0) await prepareFolder(folder, missing, options.label);
  const opened: PartTensors[] = [];
  let done = 0;
  for (const [index, { part, scheme }] of wanted.entries()) {
    let tensors = found[index];
    if (!tensors) {
      signal?.throwIfAborted();
      onProgress?.({ stage: 'convert', done, total: missing.length, part: part.name });
      tensors = await makePart(folder, part, scheme, options);
      done++;
    }
    opened.push(tensors);
  }
  return opened;
}

/** A part that is in the store and whole, of the files `names` in it. */
async function findPart(
  folder: string,
  names: readonly string[],
  part: ModelPart,
  scheme: PartScheme,
  hashes: FileHashes,
  signal: AbortSignal | undefined,
): Promise<PartTensors | undefined> {
  const prefix = partFilePrefix(part, scheme);
  for (const name of names.filter((each) => each.startsWith(prefix))) {
    const path = join(folder, name);
    const tensors =
      (await hashes.of(path, signal)) === claimedHash(path)
        ? await readPartFile(path, part, scheme)
        : undefined;
    if (tensors) return tensors;
    await rm(path, { force: true });
  }
  return undefined;
}

/** The hash that a part's file is named by. */
const claimedHash = (path: string): string => basename(path, PART_FILE_SUFFIX).split('.').at(-1)!;

async function makePart(
  folder: string,
  part: ModelPart,
  scheme: PartScheme,
  { fill, hashes, signal }: StoreOptions,
): Promise<PartTensors> {
  try {
    const path = await writePartFile(folder, part, scheme, (tensor) => {
      signal?.throwIfAborted();
      return fill(tensor, scheme, part.name);
    });
    await hashes.remember(path, claimedHash(path));
    return (await readPartFile(path, part, scheme))!;
  } catch (cause) {
    throw writeFailure(folder, cause);
  }
}

async function prepareFolder(
  folder: string,
  missing: readonly WantedPart[],
  label: string,
): Promise<void> {
  const needed = missing.reduce((sum, { part, scheme }) => sum + partFileBytes(part, scheme), 0);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(
      join(folder, 'about.json'),
      `${JSON.stringify({ label, version: STORE_VERSION })}\n`,
    );
  } catch (cause) {
    throw writeFailure(folder, cause);
  }
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free < needed) {
    throw new AutopruneError(
      'CACHE_FAILED',
      `${folder}: converting ${label} needs ${gigabytes(needed)} but the disk has ${gigabytes(free)} free; free some space or set AUTOPRUNE_CACHE to a folder on another disk`,
      { folder, needed, free },
    );
  }
}

function writeFailure(folder: string, cause: unknown): unknown {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const reason = {
    ENOSPC: 'the disk is full; free some space',
    EROFS: 'the file system is read-only',
    EACCES: 'there is no permission to write there',
    EPERM: 'there is no permission to write there',
    ENOTDIR: 'a part of its path is not a folder',
  }[code];
  if (!reason) return cause;
  return new AutopruneError(
    'CACHE_FAILED',
    `${folder}: converted weights cannot be kept there: ${reason}, or set AUTOPRUNE_CACHE to another folder`,
    { folder, code },
    { cause },
  );
}
