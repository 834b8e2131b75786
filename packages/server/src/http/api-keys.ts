import { createHash, timingSafeEqual } from 'node:crypto';
import { AutopruneError } from '@autoprune/core';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * A check of `Authorization: Bearer KEY` against the keys of the server. Digests of equal length are compared, all of
 * them and each in constant time, so that an answer's time says nothing about a key.
 *
 * @param keys  accepted keys; with none everyone may ask
 * @returns throws API_KEY_INVALID unless the header holds a key
 */
export function apiKeyCheck(keys: readonly string[]): (authorization: string | undefined) => void {
  const accepted = keys.map(digest);
  return (authorization) => {
    if (accepted.length === 0) return;
    const given = digest(/^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? '');
    const matches = accepted.filter((key) => timingSafeEqual(key, given));
    if (matches.length === 0) {
      throw new AutopruneError(
        'API_KEY_INVALID',
        authorization === undefined
          ? 'This server asks for an API key; send it as Authorization: Bearer KEY'
          : 'The API key is not one of this server; send a valid one as Authorization: Bearer KEY',
      );
    }
  };
}
