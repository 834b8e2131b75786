import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Names of the library by platform, as onnxruntime-node ships it. */
const LIBRARY: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'libonnxruntime.so.1',
  darwin: 'libonnxruntime.1.dylib',
  win32: 'onnxruntime.dll',
};

/** Where the onnxruntime of the application's onnxruntime-node lies, or why there is none. */
export function findLibrary(): { readonly path: string } | { readonly missing: string } {
  const name = LIBRARY[process.platform];
  if (!name) return { missing: `no native session on ${process.platform}` };
  let bin: string;
  try {
    const require = createRequire(import.meta.url);
    bin = join(dirname(require.resolve('onnxruntime-node/package.json')), 'bin');
  } catch {
    return { missing: 'onnxruntime-node was not found' };
  }
  // One folder for each version of Node-API, e.g. `napi-v6`.
  const folders = existsSync(bin) ? readdirSync(bin) : [];
  const path = folders
    .map((folder) => join(bin, folder, process.platform, process.arch, name))
    .find((candidate) => existsSync(candidate));
  return path ? { path } : { missing: `${name} was not found in ${bin}` };
}
