import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import { afterAll, expect } from 'vitest';
import { type ZipInput, type ZipOptions, zipFile } from './zip-writer.js';

const folder = mkdtempSync(join(tmpdir(), 'autoprune-torch-'));
let count = 0;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes bytes as a new file and gives its path. */
export function temporaryFile(bytes: Uint8Array): string {
  const path = join(folder, `${count++}.bin`);
  writeFileSync(path, bytes);
  return path;
}

/** The ZIP file torch would write: a pickle, its byte order and storages. */
export function checkpointFile(
  dataPickle: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
  options: ZipOptions & { readonly byteorder?: string; readonly more?: readonly ZipInput[] } = {},
): Buffer {
  return zipFile(
    [
      { name: 'model/data.pkl', data: dataPickle },
      { name: 'model/byteorder', data: Buffer.from(options.byteorder ?? 'little') },
      ...Object.entries(storages).map(([key, data]) => ({ name: `model/data/${key}`, data })),
      ...(options.more ?? []),
    ],
    { zip64: true, ...options },
  );
}

/** The message of the CHECKPOINT_INVALID that `run` must end with. */
export async function refusal(run: () => unknown): Promise<string> {
  let error: unknown;
  try {
    await run();
  } catch (reason) {
    error = reason;
  }
  expect(error, 'it was accepted').toBeDefined();
  if (!AutopruneError.isInstance(error, 'CHECKPOINT_INVALID')) throw error;
  expect(error.message).not.toMatch(/[\n\r]/);
  return error.message;
}
