import { stat } from 'node:fs/promises';

/** True when there is a file or folder at a path. */
export const isThere = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined)) !== undefined;
