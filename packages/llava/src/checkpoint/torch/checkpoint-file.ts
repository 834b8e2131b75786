import { type FileHandle, open, realpath } from 'node:fs/promises';
import { AutopruneError } from '@autoprune/core';

/** An open weight file of which only checked places are read. */
export class CheckpointFile {
  private constructor(
    /** As the caller named it; messages use this. */
    readonly path: string,
    /** Absolute, symbolic links resolved. */
    readonly realPath: string,
    readonly size: number,
    private readonly handle: FileHandle,
  ) {}

  static async open(path: string): Promise<CheckpointFile> {
    const realPath = await realpath(path);
    const handle = await open(realPath, 'r');
    try {
      const { size } = await handle.stat();
      return new CheckpointFile(path, realPath, size, handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Throws CHECKPOINT_INVALID in the name of this file. */
  invalid(problem: string, details: Record<string, unknown> = {}): never {
    throw new AutopruneError('CHECKPOINT_INVALID', `${this.path}: ${problem}`, {
      file: this.path,
      ...details,
    });
  }

  /**
   * Precisely `length` bytes; the caller has bounded `length`.
   *
   * @throws CHECKPOINT_INVALID when the file ends before (also when it shrinks while it is read)
   */
  async read(offset: number, length: number): Promise<Buffer> {
    if (offset < 0 || offset + length > this.size) {
      this.invalid(
        `ends at byte ${this.size}, but bytes ${offset} to ${offset + length} are needed; it is truncated or damaged, download it again`,
      );
    }
    const buffer = Buffer.alloc(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.handle.read(buffer, done, length - done, offset + done);
      if (bytesRead === 0) this.invalid(`shrank below byte ${offset + length} while it was read`);
      done += bytesRead;
    }
    return buffer;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}
