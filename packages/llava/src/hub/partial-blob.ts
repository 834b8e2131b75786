import type { Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, rename, rm } from 'node:fs/promises';
import { type ContentAddress, contentHash } from './content-address.js';
import type { Storage } from './storage.js';
import { writeFailure, writing } from './write-failure.js';

/** Bytes read at a time when what is there is summed up. */
const READ_BYTES = 1024 * 1024;

/**
 * Content that is arriving, in `<blob>.incomplete`, with its running checksum.
 *
 * Nothing is ever truncated: a new beginning is a new file. A process that still has the old one open, because it
 * lost its lock, then writes where nobody reads.
 */
export class PartialBlob implements AsyncDisposable {
  #handle: FileHandle | undefined;
  #hash: Hash;
  #offset = 0;

  private constructor(
    private readonly storage: Storage,
    readonly path: string,
    private readonly address: ContentAddress,
  ) {
    this.#hash = contentHash(address);
  }

  /**
   * Opens what an earlier download has left, or an empty file.
   *
   * @param signal  ends the reading of what is there, which takes about a second per gigabyte
   * @throws OUTPUT_FAILED, or the signal's reason
   */
  static async open(
    storage: Storage,
    path: string,
    address: ContentAddress,
    signal?: AbortSignal,
  ): Promise<PartialBlob> {
    const partial = new PartialBlob(storage, path, address);
    try {
      await writing(path, async () => {
        partial.#handle = await storage.openPartial(path, constants.O_RDWR | constants.O_CREAT);
        const { size } = await partial.#handle.stat();
        if (size > address.bytes) await partial.restart();
        else await partial.#sumUp(size, signal);
      });
      return partial;
    } catch (error) {
      await partial[Symbol.asyncDispose]();
      signal?.throwIfAborted();
      throw error;
    }
  }

  /** Bytes that are there. */
  get offset(): number {
    return this.#offset;
  }

  async #sumUp(size: number, signal?: AbortSignal): Promise<void> {
    const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, size));
    while (this.#offset < size) {
      signal?.throwIfAborted();
      const length = Math.min(buffer.length, size - this.#offset);
      const { bytesRead } = await this.#handle!.read(buffer, 0, length, this.#offset);
      if (bytesRead === 0) return;
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#offset += bytesRead;
    }
  }

  /** Writes the bytes that follow. */
  async append(chunk: Uint8Array): Promise<void> {
    await writing(this.path, async () => {
      let done = 0;
      while (done < chunk.length) {
        const rest = chunk.length - done;
        const { bytesWritten } = await this.#handle!.write(chunk, done, rest, this.#offset);
        if (bytesWritten === 0) throw writeFailure(this.path, { code: 'ENOSPC', message: '' });
        this.#hash.update(chunk.subarray(done, done + bytesWritten));
        this.#offset += bytesWritten;
        done += bytesWritten;
      }
    });
  }

  /** Throws away what is there and begins anew. */
  async restart(): Promise<void> {
    await this.discard();
    await writing(this.path, async () => {
      const { O_RDWR, O_CREAT, O_EXCL } = constants;
      this.#handle = await this.storage.openPartial(this.path, O_RDWR | O_CREAT | O_EXCL);
    });
    this.#hash = contentHash(this.address);
    this.#offset = 0;
  }

  /** The checksum of what is there; it cannot be asked for twice, or added to. */
  digest(): string {
    return this.#hash.digest('hex');
  }

  /** Makes the file the content: on the disk first, then under its name. */
  async publish(blob: string): Promise<void> {
    await writing(blob, async () => {
      await this.#handle!.sync();
      await this[Symbol.asyncDispose]();
      await rename(this.path, blob);
    });
  }

  /** Removes the file. */
  async discard(): Promise<void> {
    await this[Symbol.asyncDispose]();
    await writing(this.path, () => rm(this.path, { force: true }));
  }

  /** Closes the file and keeps it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => {});
  }
}
