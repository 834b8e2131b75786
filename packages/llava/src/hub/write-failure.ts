import { AutopruneError } from '@autoprune/core';

const ELSEWHERE = 'set HF_HUB_CACHE to a folder that can be written';
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC:
    'the disk is full; free some space and run the same command again, which goes on from there',
  EDQUOT: 'the disk quota is used up; free some space and run the same command again',
  EROFS: `the file system is read-only; ${ELSEWHERE}`,
  EACCES: `there is no permission to write there; ${ELSEWHERE}`,
  EPERM: `there is no permission to write there; ${ELSEWHERE}`,
  ENOTDIR: `a part of its path is not a folder; ${ELSEWHERE}`,
  EEXIST: `a file is in the way; remove it, or ${ELSEWHERE}`,
  ENAMETOOLONG: `its path is too long; ${ELSEWHERE}`,
};

/** The error of a file of the cache that could not be written, as one line. */
export function writeFailure(path: string, cause: unknown): AutopruneError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return new AutopruneError(
    'OUTPUT_FAILED',
    `${path} could not be written: ${REASONS[code] ?? message}`,
    { path, code },
    { cause },
  );
}

/** Runs `work`, which writes at `path`; failures of the file system become OUTPUT_FAILED. */
export async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (AutopruneError.isInstance(error)) throw error;
    throw writeFailure(path, error);
  }
}
