import { type ContentAddress, readEtag } from './content-address.js';
import { openAnswer } from './hub-answer.js';
import type { HubConnection } from './hub-connection.js';
import { answerInvalid } from './hub-failure.js';
import { withRetries } from './retry.js';
import type { Subject } from './subject.js';

/** A file of a commit. */
export interface RemoteFile extends ContentAddress {
  readonly name: string;
  readonly url: URL;
}

/** Where the hub serves a file of a commit. */
function fileAddress(hub: HubConnection, id: string, commit: string, name: string): URL {
  const path = name.split('/').map(encodeURIComponent).join('/');
  return new URL(`${hub.endpoint}/${id}/resolve/${commit}/${path}`);
}

/** A header that holds a number of bytes. */
export function byteCount(header: string | null): number | undefined {
  const value = /^\d+$/.test(header ?? '') ? Number(header) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

/**
 * Asks for size and checksum of a file. Large files are redirected to servers that know neither; the hub tells both
 * beside the redirect, which is then not followed.
 *
 * @throws HUB_*, or the signal's reason
 */
export async function fetchMetadata(
  hub: HubConnection,
  subject: Subject & { readonly file: string },
  commit: string,
): Promise<RemoteFile> {
  const url = fileAddress(hub, subject.id, commit, subject.file);
  return withRetries(hub, subject, async () => {
    let linkedEtag: string | null = null;
    let linkedSize: string | null = null;
    const readLinked = (headers: Headers): boolean => {
      linkedEtag ??= headers.get('x-linked-etag');
      linkedSize ??= headers.get('x-linked-size');
      return linkedEtag !== null && linkedSize !== null;
    };
    await using answer = await openAnswer(hub, {
      method: 'HEAD',
      url,
      subject,
      // A compressed answer would have another length.
      headers: () => ({ 'accept-encoding': 'identity' }),
      onRedirect: readLinked,
    });
    if (!answer.redirect) readLinked(answer.headers);
    const header = linkedEtag ?? answer.headers.get('etag');
    const etag = readEtag(header);
    const bytes = byteCount(linkedSize ?? answer.headers.get('content-length'));
    if (etag === undefined || bytes === undefined) {
      const got = etag === undefined ? `the ETag ${header}` : 'no size';
      throw answerInvalid(subject, `gives ${got.slice(0, 100)} instead of a checksum and a size`);
    }
    return { name: subject.file, url, etag, bytes };
  });
}
