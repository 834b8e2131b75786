// Own code on fetch instead of @huggingface/hub: that library writes the same cache, but restarts a download that
// broke, asks the network even when offline, reports no progress, locks nothing and checks no checksum (2.17.5).

import { basename, join } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import { hubCacheFolder } from './cache-folder.js';
import { chooseFiles } from './choose-files.js';
import { requireSpace } from './disk-space.js';
import { downloadBlob, fileBytes, partialPath } from './download-blob.js';
import { absolutePath } from './environment.js';
import { fetchMetadata, type RemoteFile } from './file-metadata.js';
import { repositoryFolder, snapshotFolder } from './hub-cache.js';
import type { HubConnection } from './hub-connection.js';
import { hubEndpoint, isOffline, unusedProxy } from './hub-endpoint.js';
import { hubToken, requireToken } from './hub-token.js';
import { inParallel } from './in-parallel.js';
import { fetchListing } from './model-listing.js';
import { isCommit, type ModelReference, parseModelReference } from './model-reference.js';
import { pullOffline } from './pull-offline.js';
import type { PulledModel, PullOptions } from './pull-options.js';
import { ProgressMeter } from './pull-progress.js';
import { DEFAULT_RETRIES } from './retry.js';
import { linkEntry, writeReference } from './snapshot-writer.js';
import { type Storage, systemStorage } from './storage.js';

/** Questions for size and checksum that are open at a time. Contents come one after the other. */
const PARALLEL_QUESTIONS = 8;
const IDLE_TIMEOUT_MS = 30_000;

/** A file of the snapshot that is wanted. */
interface Wanted {
  readonly name: string;
  readonly bytes: number;
  /** Absent when the snapshot already has it: what a commit holds never changes. */
  readonly remote?: RemoteFile;
}

/** Everything that the steps of one pull share. */
interface Pull {
  readonly hub: HubConnection;
  readonly storage: Storage;
  readonly reference: ModelReference;
  readonly cache: string;
  readonly repository: string;
  /** Folder of lock files, as the hub's own tools have it. */
  readonly locks: string;
  readonly onProgress: PullOptions['onProgress'];
}

/**
 * Brings a model of the hub into the cache that all its tools share, and says where it is. What is there already is not
 * downloaded again; what an earlier pull had begun goes on; a broken connection is mended by trying again.
 *
 * Names appear in the snapshot when all contents are complete, and the branch last, so that a pull that ends early
 * leaves nothing that looks like a model.
 *
 * @param ref  `org/name` or `org/name@revision`
 * @throws ARGUMENT_INVALID, HUB_UNAUTHORIZED, HUB_NOT_FOUND, HUB_BUSY, HUB_UNREACHABLE, HUB_OFFLINE, HUB_CORRUPT,
 *   HUB_ANSWER_INVALID, CHECKPOINT_UNSUPPORTED, OUTPUT_FAILED; the signal's reason on abort
 */
export async function pullModel(ref: string, options: PullOptions = {}): Promise<PulledModel> {
  const { env = process.env, signal } = options;
  const reference = parseModelReference(ref, options.revision);
  const cache = absolutePath(env, options.cacheFolder ?? hubCacheFolder(env));
  if (options.offline ?? isOffline(env)) return pullOffline(cache, reference, options);
  const { token } = options;
  const hub: HubConnection = {
    endpoint: hubEndpoint(options.endpoint, env),
    token: token === undefined ? await hubToken(env) : requireToken(token, 'the option token'),
    idleTimeoutMs: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
    retries: options.retries ?? DEFAULT_RETRIES,
    signal,
    unusedProxy: unusedProxy(env),
  };
  signal?.throwIfAborted();
  const { id, revision } = reference;
  const { commit, files: listed } = await fetchListing(hub, reference);
  const names = chooseFiles(id, listed, options);
  const repository = repositoryFolder(cache, id);
  const pull: Pull = {
    hub,
    storage: options.storage ?? systemStorage,
    reference,
    cache,
    repository,
    locks: join(cache, '.locks', basename(repository)),
    onProgress: options.onProgress,
  };
  const folder = snapshotFolder(cache, id, commit);
  const wanted = await inParallel(names, PARALLEL_QUESTIONS, (name) =>
    examine(pull, folder, commit, name),
  );
  const downloadedBytes = await downloadAll(pull, wanted);
  for (const { name, remote } of wanted) {
    if (remote) await linkEntry(pull.storage, blobPath(pull, remote), join(folder, name));
  }
  if (!isCommit(revision)) {
    await writeReference(join(repository, 'refs', ...revision.split('/')), commit, pull.locks);
  }
  const bytes = wanted.reduce((sum, file) => sum + file.bytes, 0);
  return { id, folder, revision: commit, files: names, bytes, downloadedBytes };
}

async function examine(
  { hub, reference }: Pull,
  folder: string,
  commit: string,
  name: string,
): Promise<Wanted> {
  const present = await fileBytes(join(folder, name));
  if (present !== undefined) return { name, bytes: present };
  const remote = await fetchMetadata(hub, { ...reference, file: name }, commit);
  return { name, bytes: remote.bytes, remote };
}

const blobPath = ({ repository }: Pull, { etag }: RemoteFile): string =>
  join(repository, 'blobs', etag);

/** The contents that the cache lacks, each once however many files have it. */
async function missingContents(pull: Pull, wanted: readonly Wanted[]): Promise<RemoteFile[]> {
  const missing = new Map<string, RemoteFile>();
  for (const { name, remote } of wanted) {
    if (!remote || (await fileBytes(blobPath(pull, remote))) === remote.bytes) continue;
    const same = missing.get(remote.etag);
    if (same && same.bytes !== remote.bytes) {
      throw new AutopruneError(
        'HUB_ANSWER_INVALID',
        `${pull.reference.id}: the hub gives ${same.name} and ${name} one checksum but ${same.bytes} and ${remote.bytes} bytes; check HF_ENDPOINT`,
        { ...pull.reference, files: [same.name, name] },
      );
    }
    missing.set(remote.etag, same ?? remote);
  }
  return [...missing.values()];
}

async function downloadAll(pull: Pull, wanted: readonly Wanted[]): Promise<number> {
  const { hub, storage, reference, repository } = pull;
  const missing = await missingContents(pull, wanted);
  const sum = (files: readonly { bytes: number }[]) =>
    files.reduce((all, { bytes }) => all + bytes, 0);
  const total = sum(wanted);
  const found: number[] = [];
  for (const file of missing) {
    const there = (await fileBytes(partialPath(blobPath(pull, file)))) ?? 0;
    found.push(Math.min(there, file.bytes));
  }
  const rest = sum(missing) - found.reduce((all, bytes) => all + bytes, 0);
  await requireSpace(storage, repository, rest, reference.id);
  const meter = new ProgressMeter(total, total - sum(missing), pull.onProgress);
  let downloaded = 0;
  for (const [index, file] of missing.entries()) {
    const { name, etag, bytes } = file;
    meter.begin(name, found[index]!, bytes);
    downloaded += await downloadBlob({
      hub,
      storage,
      subject: { ...reference, file: name },
      file,
      blob: blobPath(pull, file),
      lock: join(pull.locks, `${etag}.autoprune.lock`),
      onBytes: (there, resumed) => meter.update(name, there, bytes, resumed),
    });
    meter.complete(name, bytes);
  }
  return downloaded;
}
