import { byteCount, type RemoteFile } from './file-metadata.js';
import { type HubAnswer, openAnswer } from './hub-answer.js';
import type { HubConnection } from './hub-connection.js';
import { corrupt, TransientFailure } from './hub-failure.js';
import type { PartialBlob } from './partial-blob.js';
import type { Subject } from './subject.js';

/** What one download remembers between its tries. */
export interface Transfer {
  readonly hub: HubConnection;
  readonly subject: Subject;
  readonly file: RemoteFile;
  readonly partial: PartialBlob;
  /** Strong ETag that each server gave for this content, by origin; content servers have their own. */
  readonly validators: Map<string, string>;
  /** False once a server has answered a range with something that cannot be continued. */
  ranges: boolean;
  /** Called after every piece, with its length. */
  readonly onBytes: (received: number) => void;
}

/** Asks for what is missing. */
function requestHeaders(transfer: Transfer, url: URL): Record<string, string> {
  const { partial, validators, ranges } = transfer;
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (partial.offset === 0 || !ranges) return headers;
  headers.range = `bytes=${partial.offset}-`;
  // With it a server whose content has changed answers the whole of it; without it the checksum will tell.
  const validator = validators.get(url.origin);
  if (validator) headers['if-range'] = validator;
  return headers;
}

function isEncoded(headers: Headers): boolean {
  const encoding = headers.get('content-encoding');
  return encoding !== null && encoding !== '' && encoding !== 'identity';
}

/** Whether the answer goes on where the partial file ends. */
function continues(transfer: Transfer, { status, headers }: HubAnswer): boolean {
  if (status !== 206 || isEncoded(headers)) return false;
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
  if (!range) return false;
  const [, start, total] = range;
  const { subject, file, partial } = transfer;
  if (total !== '*' && Number(total) !== file.bytes) {
    throw corrupt(subject, 'size in bytes', file.bytes, Number(total));
  }
  return Number(start) === partial.offset;
}

/** Checks the size that an answer with the whole content announces. */
function checkWhole({ subject, file }: Transfer, { headers }: HubAnswer): void {
  const announced = isEncoded(headers) ? undefined : byteCount(headers.get('content-length'));
  if (announced !== undefined && announced !== file.bytes) {
    throw corrupt(subject, 'size in bytes', file.bytes, announced);
  }
}

/**
 * One try to get the rest of a file.
 *
 * @throws TransientFailure when the rest did not all come, HUB_CORRUPT when the server has another content
 */
export async function receiveRest(transfer: Transfer): Promise<void> {
  const { hub, subject, file, partial, validators } = transfer;
  const asked = partial.offset > 0 && transfer.ranges;
  await using answer = await openAnswer(hub, {
    method: 'GET',
    url: file.url,
    subject,
    headers: (url) => requestHeaders(transfer, url),
  });
  const etag = answer.headers.get('etag');
  if (etag?.startsWith('"')) validators.set(answer.url.origin, etag);
  if (!continues(transfer, answer)) {
    if (partial.offset > 0) await partial.restart();
    if (answer.status !== 200) {
      // A range that nobody asked for, or one that cannot be used: the next try asks for the whole.
      transfer.ranges = false;
      const why = asked ? 'to a range that it cannot continue' : 'to a plain request';
      throw new TransientFailure(`${answer.url.host} answered ${answer.status} ${why}`);
    }
    checkWhole(transfer, answer);
  }
  for await (const chunk of answer.chunks()) {
    if (partial.offset + chunk.length > file.bytes) {
      const atLeast = `at least ${partial.offset + chunk.length}`;
      throw corrupt(subject, 'size in bytes', file.bytes, atLeast);
    }
    await partial.append(chunk);
    transfer.onBytes(chunk.length);
  }
  if (partial.offset < file.bytes) {
    throw new TransientFailure(
      `${answer.url.host} ended after ${partial.offset} of ${file.bytes} bytes`,
      { lastly: () => corrupt(subject, 'size in bytes', file.bytes, partial.offset) },
    );
  }
}
