import { open, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { isFolder } from '../is-folder.js';
import { isCommit } from './model-reference.js';

/** One commit of a model in the cache. */
export interface Snapshot {
  readonly folder: string;
  /** 40-hex commit. */
  readonly revision: string;
}

/** One file of a snapshot. */
export interface SnapshotFile {
  /** Path in the snapshot, with `/`. */
  readonly name: string;
  /** Size; undefined when the content that the entry points to is gone. */
  readonly bytes: number | undefined;
}

/** Prefix of a model's folder; data sets and spaces lie in the same cache under other ones. */
const PREFIX = 'models--';

/** The folder of a model in the cache: `models--org--name`, with `blobs`, `refs` and `snapshots`. */
export function repositoryFolder(cache: string, id: string): string {
  return join(cache, PREFIX + id.replace('/', '--'));
}

/** The folder of one commit, whether it exists or not. */
export function snapshotFolder(cache: string, id: string, commit: string): string {
  return join(repositoryFolder(cache, id), 'snapshots', commit);
}

/** The commit in the file of a branch or tag; undefined when there is none or it does not hold one. */
export async function readReference(path: string): Promise<string | undefined> {
  try {
    await using handle = await open(path, 'r');
    const buffer = Buffer.alloc(64);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    const commit = buffer.toString('latin1', 0, bytesRead).trim();
    return isCommit(commit) ? commit : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The snapshot of a model at a branch, tag or commit, without the network; undefined when the cache has none. What a
 * branch means here is what it meant when the model was last pulled.
 */
export async function findSnapshot(
  cache: string,
  id: string,
  revision: string,
): Promise<Snapshot | undefined> {
  const repository = repositoryFolder(cache, id);
  const commit = isCommit(revision)
    ? revision
    : await readReference(join(repository, 'refs', ...revision.split('/')));
  if (commit === undefined) return undefined;
  const folder = snapshotFolder(cache, id, commit);
  return (await isFolder(folder)) ? { folder, revision: commit } : undefined;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** The files of a snapshot, by name. */
export async function snapshotFiles(folder: string): Promise<SnapshotFile[]> {
  const files: SnapshotFile[] = [];
  for (const name of await filesBelow(folder)) {
    // stat follows the link into blobs.
    files.push({ name, bytes: (await stat(join(folder, name)).catch(() => undefined))?.size });
  }
  return files;
}

/** A model in the cache with every commit that is there. */
export interface CachedModel {
  readonly id: string;
  readonly folder: string;
  readonly snapshots: readonly (Snapshot & {
    /** Branches and tags that meant this commit when they were last pulled. */
    readonly references: readonly string[];
    readonly files: readonly SnapshotFile[];
  })[];
}

/** Everything that a cache holds, by id; an absent cache is an empty one. */
export async function listCachedModels(cache: string): Promise<CachedModel[]> {
  const models: CachedModel[] = [];
  const entries = await readdir(cache).catch(() => []);
  for (const entry of entries.filter((name) => name.startsWith(PREFIX)).sort()) {
    const folder = join(cache, entry);
    const references = await readReferences(join(folder, 'refs'));
    const commits = await readdir(join(folder, 'snapshots')).catch(() => []);
    const snapshots: CachedModel['snapshots'][number][] = [];
    for (const revision of commits.filter(isCommit).sort()) {
      const path = join(folder, 'snapshots', revision);
      const own = references.filter(([, commit]) => commit === revision).map(([name]) => name);
      snapshots.push({
        folder: path,
        revision,
        references: own,
        files: await snapshotFiles(path),
      });
    }
    models.push({ id: entry.slice(PREFIX.length).replace('--', '/'), folder, snapshots });
  }
  return models;
}

async function readReferences(folder: string): Promise<[name: string, commit: string][]> {
  const found: [string, string][] = [];
  for (const name of await filesBelow(folder)) {
    const commit = await readReference(join(folder, name));
    if (commit) found.push([name, commit]);
  }
  return found;
}
