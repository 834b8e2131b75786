import { dirname, resolve, sep } from 'node:path';

/**
 * The deepest folder that holds all of `files`. onnxruntime refuses weights outside its folder after resolving symbolic
 * links, and the hub's cache is made of those; stored tensors name real files, so their common folder always works.
 */
export function commonFolder(files: readonly string[]): string {
  let folder: string | undefined;
  for (const file of files) {
    const own = dirname(file);
    if (folder === undefined) folder = own;
    while (own !== folder && !own.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
      folder = dirname(folder);
    }
  }
  return folder ?? resolve('.');
}
