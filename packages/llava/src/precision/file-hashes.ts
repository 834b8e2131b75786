import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';

/** What says that a file is the one that was hashed. */
const stampSchema = z.object({
  size: z.number(),
  modified: z.number(),
  inode: z.number(),
  sha256: z.string(),
});
const memorySchema = z.record(z.string(), stampSchema);

/** The hub's cache names large files by their SHA-256. */
const HASH_NAME = /^[0-9a-f]{64}$/;

/** SHA-256 of files, remembered as long as their size, time and inode stay the same. */
export class FileHashes {
  private memory: Map<string, z.infer<typeof stampSchema>> | undefined;

  /** @param file  where the hashes are remembered */
  constructor(private readonly file: string) {}

  /** SHA-256 of a file, in hexadecimal. */
  async of(path: string, signal?: AbortSignal): Promise<string> {
    const name = basename(path);
    if (HASH_NAME.test(name) && basename(dirname(path)) === 'blobs') return name;
    const memory = await this.load();
    const { size, mtimeMs: modified, ino: inode } = await stat(path);
    const known = memory.get(path);
    if (known?.size === size && known.modified === modified && known.inode === inode) {
      return known.sha256;
    }
    const sha256 = await hashOf(path, signal);
    await this.remember(path, sha256);
    return sha256;
  }

  /** Remembers the hash that a freshly written file was named by, so that it is not read again at once. */
  async remember(path: string, sha256: string): Promise<void> {
    const memory = await this.load();
    const { size, mtimeMs: modified, ino: inode } = await stat(path);
    memory.set(path, { size, modified, inode, sha256 });
    await this.save(memory);
  }

  private async load(): Promise<Map<string, z.infer<typeof stampSchema>>> {
    if (this.memory) return this.memory;
    const text = await readFile(this.file, 'utf8').catch(() => '{}');
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      parsed = {};
    }
    // What cannot be read is only forgotten: it costs a hash, no more.
    this.memory = new Map(Object.entries(memorySchema.safeParse(parsed).data ?? {}));
    return this.memory;
  }

  private async save(memory: Map<string, z.infer<typeof stampSchema>>): Promise<void> {
    const folder = dirname(this.file);
    const temporary = join(folder, `.${basename(this.file)}.${randomUUID()}.tmp`);
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(temporary, JSON.stringify(Object.fromEntries(memory)));
      await rename(temporary, this.file);
    } catch {
      // Remembering is a convenience; a read-only cache is no reason to fail.
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }
}

async function hashOf(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const stream = createReadStream(path, { highWaterMark: 1 << 22, ...(signal ? { signal } : {}) });
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
