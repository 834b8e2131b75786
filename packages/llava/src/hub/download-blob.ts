import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import { lockBlob } from './blob-lock.js';
import type { RemoteFile } from './file-metadata.js';
import type { HubConnection } from './hub-connection.js';
import { corrupt } from './hub-failure.js';
import { PartialBlob } from './partial-blob.js';
import { receiveRest, type Transfer } from './receive-blob.js';
import { withRetries } from './retry.js';
import type { Storage } from './storage.js';
import type { Subject } from './subject.js';
import { writing } from './write-failure.js';

/** A try that brings so much is no failure; smaller files count by hundredths. Bounds the tries of a file. */
const PROGRESS_BYTES = 1024 * 1024;
/** How often a download may lose its lock before it gives up. */
const MAX_ROUNDS = 5;

/** One piece of content to download. */
export interface BlobDownload {
  readonly hub: HubConnection;
  readonly storage: Storage;
  readonly subject: Subject;
  readonly file: RemoteFile;
  /** Where it goes: `blobs/<etag>`. */
  readonly blob: string;
  readonly lock: string;
  /**
   * Called as the file grows, also when another process makes it grow.
   *
   * @param bytes  what is there
   * @param found  what was there before this download
   */
  readonly onBytes: (bytes: number, found: number) => void;
}

/** Size of a file, or undefined when there is none. */
export async function fileBytes(path: string): Promise<number | undefined> {
  const info = await stat(path).catch(() => undefined);
  return info?.isFile() ? info.size : undefined;
}

/** The file of content that is not complete, as the hub's own tools name it: they go on with ours, and we with theirs. */
export function partialPath(blob: string): string {
  return `${blob}.incomplete`;
}

/**
 * Brings one piece of content into the cache: under a lock, going on where an earlier download has ended, checked by
 * size and checksum, and under its name only when all of that is right. A failure or an abort keeps what has arrived.
 *
 * @returns the bytes that came over the network; 0 when another process has brought it meanwhile
 * @throws HUB_*, OUTPUT_FAILED, or the signal's reason
 */
export async function downloadBlob(download: BlobDownload): Promise<number> {
  const { blob, file, hub, onBytes } = download;
  await writing(blob, () => mkdir(dirname(blob), { recursive: true }));
  let received = 0;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const lock = await lockBlob(download.lock, {
      signal: hub.signal,
      async onWait() {
        const bytes = (await fileBytes(partialPath(blob))) ?? 0;
        onBytes(Math.min(bytes, file.bytes), bytes);
      },
    });
    try {
      if ((await fileBytes(blob)) === file.bytes) return received;
      await using partial = await PartialBlob.open(
        download.storage,
        partialPath(blob),
        file,
        hub.signal,
      );
      received += await complete(download, partial);
      // Otherwise another process took over while this one was stopped; what is here is found again.
      if (await lock.isHeld()) {
        await partial.publish(blob);
        return received;
      }
    } finally {
      await lock.release();
    }
  }
  throw new AutopruneError(
    'OUTPUT_FAILED',
    `${blob} could not be written: other processes took over its lock ${MAX_ROUNDS} times; run the command again when they have ended`,
    { path: blob },
  );
}

/** Brings the partial file to its full length and checks it. */
async function complete(download: BlobDownload, partial: PartialBlob): Promise<number> {
  const { subject, file } = download;
  const found = partial.offset;
  const received = await receiveAll(download, partial);
  const sum = partial.digest();
  if (sum === file.etag) return received;
  if (found === 0) {
    await partial.discard();
    throw corrupt(subject, checksumName(file), file.etag, sum);
  }
  // What was there may have been damaged, or left by a tool that writes in another order.
  await partial.restart();
  return received + (await complete(download, partial));
}

const checksumName = ({ etag }: RemoteFile): string =>
  etag.length === 64 ? 'SHA-256 checksum' : 'git SHA-1 checksum';

async function receiveAll(download: BlobDownload, partial: PartialBlob): Promise<number> {
  const { hub, subject, file, onBytes } = download;
  let found = partial.offset;
  let furthest = partial.offset;
  let received = 0;
  const enough = Math.min(PROGRESS_BYTES, Math.max(1, file.bytes / 100));
  const transfer: Transfer = {
    hub,
    subject,
    file,
    partial,
    validators: new Map(),
    ranges: true,
    onBytes(bytes) {
      received += bytes;
      // It has begun anew.
      if (partial.offset < found) found = 0;
      onBytes(partial.offset, found);
    },
  };
  const work = async (): Promise<void> => {
    if (partial.offset < file.bytes) await receiveRest(transfer);
  };
  const progressed = (): boolean => {
    const grown = partial.offset - furthest >= enough;
    if (grown) furthest = partial.offset;
    return grown;
  };
  try {
    await withRetries(hub, subject, work, progressed);
  } catch (error) {
    if (AutopruneError.isInstance(error, 'HUB_CORRUPT')) await partial.discard();
    throw error;
  }
  return received;
}
