import { type FileHandle, open, statfs, symlink } from 'node:fs/promises';

/** The operations of the file system that fail in ways a test cannot bring about; everything else is called directly. */
export interface Storage {
  /** Opens a file for reading and writing without truncating it; creates it if needed. */
  openPartial(path: string, flags: number): Promise<FileHandle>;
  symlink(target: string, path: string): Promise<void>;
  /** Bytes that may be written below an existing folder; undefined where the file system does not say. */
  freeBytes(folder: string): Promise<number | undefined>;
}

/** The machine's own file system. */
export const systemStorage: Storage = {
  openPartial: (path, flags) => open(path, flags),
  symlink: (target, path) => symlink(target, path, 'file'),
  async freeBytes(folder) {
    try {
      const { bavail, bsize, blocks } = await statfs(folder);
      // Some network file systems report a size of nothing at all.
      return blocks > 0 ? bavail * bsize : undefined;
    } catch {
      return undefined;
    }
  },
};
