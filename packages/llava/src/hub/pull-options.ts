import type { FileChoice } from './choose-files.js';
import type { Environment } from './environment.js';
import type { RetryPolicy } from './hub-connection.js';
import type { PullProgress } from './pull-progress.js';
import type { Storage } from './storage.js';

/** Options of `pullModel`. */
export interface PullOptions extends FileChoice {
  /** Branch, tag or commit. Default: the one in the id, else `main`. */
  readonly revision?: string;
  /** Default: as the hub's own tools find it, see `hubToken`. */
  readonly token?: string;
  /** Default: `HF_ENDPOINT`, else the public hub. */
  readonly endpoint?: string;
  /** Default: as the hub's own tools find it, see `hubCacheFolder`. */
  readonly cacheFolder?: string;
  /** Looks into the cache only. Default: `HF_HUB_OFFLINE`. */
  readonly offline?: boolean;
  readonly signal?: AbortSignal;
  /** Called at most ten times a second, and for the beginning and the end of every file. */
  readonly onProgress?: (progress: PullProgress) => void;
  /** Where the variables named above are looked up. Default: those of the process. */
  readonly env?: Environment;
  /** Default: 5 tries in a row without progress, waiting 1, 2, 4 and 8 s between them. */
  readonly retries?: RetryPolicy;
  /** A server that sends nothing for so long is asked again. Default: 30 s. */
  readonly idleTimeoutMs?: number;
  /** Operations of the file system, for tests. */
  readonly storage?: Storage;
}

/** A model that is in the cache. */
export interface PulledModel {
  readonly id: string;
  /** The snapshot, in the layout that loading expects. */
  readonly folder: string;
  /** 40-hex commit. */
  readonly revision: string;
  /** Files that were asked for, as paths in the folder. */
  readonly files: readonly string[];
  /** Their size. */
  readonly bytes: number;
  /** Bytes that came over the network; 0 when everything was there. */
  readonly downloadedBytes: number;
}
