import { dirname, relative, resolve, sep } from 'node:path';
import type { StoredTensor } from '../checkpoint/stored-tensor.js';

/**
 * The folder that all weight files lie under, and the path of a file in it. onnxruntime refuses weights
 * outside its folder after resolving symbolic links, and the hub's cache is made of those; stored tensors
 * name real files, so their common folder always works.
 */
export function weightFolder(tensors: Iterable<StoredTensor>): {
  readonly folder: string;
  readonly locate: (tensor: StoredTensor) => string;
} {
  let folder: string | undefined;
  for (const { file } of tensors) {
    const own = dirname(file);
    if (folder === undefined) folder = own;
    while (own !== folder && !own.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
      folder = dirname(folder);
    }
  }
  const root = folder ?? resolve('.');
  return {
    folder: root,
    locate: ({ file }) => relative(root, file).split(sep).join('/'),
  };
}
