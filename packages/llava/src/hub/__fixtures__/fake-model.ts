// Test helper: a model for the fake hub, and a look at what a pull has left.

import { mkdtemp, readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { etagOf, FakeHub } from '@autoprune/testing';
import { repositoryFolder, snapshotFiles } from '../hub-cache.js';
import type { PullOptions } from '../pull-options.js';

/** Bytes that look like weights: no two places alike, the same in every run. */
export function weightBytes(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed >>> 0;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

export const MODEL = 'test-org/tiny-model';

/** The files of a small model, two of them large by the fake hub's measure. */
export const FILES: Readonly<Record<string, Buffer>> = {
  'config.json': Buffer.from('{"model_type":"llava"}'),
  'tokenizer.json': Buffer.from('{"version":"1.0"}'),
  'chat_template.jinja': Buffer.from('{{ messages }}'),
  'model-00001-of-00002.safetensors': weightBytes(200_000, 1),
  'model-00002-of-00002.safetensors': weightBytes(70_000, 2),
  'model.safetensors.index.json': Buffer.from(
    '{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}',
  ),
};

/** Files beside them that are never wanted. */
export const OTHER_FILES: Readonly<Record<string, Buffer>> = {
  'README.md': Buffer.from('# Tiny'),
  '.gitattributes': Buffer.from(''),
  'pytorch_model.bin': weightBytes(5000, 3),
  'original/consolidated.00.pth': weightBytes(5000, 4),
  'onnx/model.onnx': weightBytes(5000, 5),
  'tf_model.h5': weightBytes(5000, 6),
  'flax_model.msgpack': weightBytes(5000, 7),
  'example.png': weightBytes(5000, 8),
};

/** A hub with the model, and the commit that main means. */
export async function hubWithModel(): Promise<{ hub: FakeHub; commit: string }> {
  const hub = await FakeHub.start();
  return { hub, commit: hub.commit(MODEL, { ...OTHER_FILES, ...FILES }) };
}

export function emptyCache(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'autoprune-hub-'));
}

/** Options that find nothing of the machine's own, and do not wait long. */
export function quickly(hub: FakeHub, cache: string): PullOptions {
  return {
    endpoint: hub.endpoint,
    cacheFolder: cache,
    env: { HOME: join(cache, 'home') },
    retries: { tries: 5, backoffMs: 1 },
    idleTimeoutMs: 5000,
  };
}

async function entries(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

/** What is wrong with the cache of a model that was pulled, as lines; empty when all is right. */
export async function layoutProblems(
  cache: string,
  commit: string,
  files: Readonly<Record<string, Buffer>> = FILES,
  largeBytes = 1000,
): Promise<string[]> {
  const problems: string[] = [];
  const repository = repositoryFolder(cache, MODEL);
  const snapshot = join(repository, 'snapshots', commit);
  const names = (await snapshotFiles(snapshot)).map(({ name }) => name);
  if (names.join() !== Object.keys(files).sort().join()) problems.push(`snapshot has ${names}`);
  const blobs = new Set<string>();
  for (const [name, content] of Object.entries(files)) {
    const etag = etagOf(content, content.length >= largeBytes);
    blobs.add(etag);
    const up = '../'.repeat(name.split('/').length + 1);
    const target = await readlink(join(snapshot, name)).catch(() => 'no link');
    if (target !== `${up}blobs/${etag}`) problems.push(`${name} links to ${target}`);
    const bytes = await readFile(join(snapshot, name)).catch(() => Buffer.from('absent'));
    if (!bytes.equals(content)) problems.push(`${name} has other bytes`);
    const real = await realpath(join(snapshot, name)).catch(() => '');
    if (real !== join(await realpath(repository), 'blobs', etag)) problems.push(`${name}: ${real}`);
  }
  const found = await entries(join(repository, 'blobs'));
  if (found.join() !== [...blobs].sort().join()) problems.push(`blobs has ${found}`);
  const main = await readFile(join(repository, 'refs', 'main'), 'utf8').catch(() => '');
  if (main !== commit) problems.push(`main is ${main}`);
  return problems;
}

/** Names of the locks that are left. */
export function locksLeft(cache: string): Promise<string[]> {
  return entries(join(cache, '.locks', 'models--test-org--tiny-model'));
}
