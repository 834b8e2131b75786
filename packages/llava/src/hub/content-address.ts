import { createHash, type Hash } from 'node:crypto';

/** What content is called in the cache, which is also its checksum. */
export interface ContentAddress {
  /** 64 hex digits: SHA-256 of a large file. 40: git's SHA-1 of a small one. */
  readonly etag: string;
  readonly bytes: number;
}

/** Reads an ETag header: quotes and the weak mark removed; undefined when it is not one of the hub's checksums. */
export function readEtag(header: string | null): string | undefined {
  const value = /^(?:W\/)?"?([0-9a-f]+)"?$/.exec(header?.trim() ?? '')?.[1];
  return value?.length === 40 || value?.length === 64 ? value : undefined;
}

/**
 * A running checksum that ends with the address' `etag` when the content is right. Git puts the length in front of
 * what it sums up, so that it must be known before.
 */
export function contentHash({ etag, bytes }: ContentAddress): Hash {
  return etag.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${bytes}\0`);
}
