import { AutopruneError } from '@autoprune/core';
import { type HubConnection, isHubAddress } from './hub-connection.js';
import { type Subject, subjectName } from './subject.js';

/** A failure that may pass: the request is worth another try. Never leaves this folder. */
export class TransientFailure extends Error {
  constructor(
    message: string,
    readonly options: {
      /** The server asks for fewer requests. */
      readonly busy?: boolean;
      /** How long the server asks to wait. */
      readonly retryAfterMs?: number | undefined;
      /** What to throw when no try is left, where that is more than that the hub cannot be reached. */
      readonly lastly?: () => AutopruneError;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
  }
}

/** An answer that no hub would give: not to be believed, and not to be tried again. */
export function answerInvalid(subject: Subject, problem: string): AutopruneError {
  return new AutopruneError(
    'HUB_ANSWER_INVALID',
    `${subjectName(subject)}: the hub ${problem}; check HF_ENDPOINT, and that no proxy or login page answers in its place`,
    { ...subject },
  );
}

/** Content that is not what the hub said it would be. */
export function corrupt(
  subject: Subject,
  what: string,
  expected: string | number,
  received: string | number,
): AutopruneError {
  return new AutopruneError(
    'HUB_CORRUPT',
    `${subjectName(subject)}: the ${what} should be ${expected} but is ${received}; the partial file was removed, run the same command again`,
    { ...subject, what, expected, received },
  );
}

/** The hub's pages and mirrors answer these while they are restarted or overloaded. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 530]);

/** Milliseconds of a Retry-After header, which holds seconds or a date. */
export function retryAfterMs(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** What an error status means. */
export function statusFailure(
  hub: HubConnection,
  subject: Subject,
  {
    status,
    headers,
    url,
  }: { readonly status: number; readonly headers: Headers; readonly url: URL },
): Error {
  if (PASSING.has(status)) {
    return new TransientFailure(`${url.host} answered ${status}`, {
      busy: status === 429,
      retryAfterMs: retryAfterMs(headers.get('retry-after')),
    });
  }
  // Addresses of the content servers are signed and expire; the next try gets a new one.
  if (!isHubAddress(hub, url)) return new TransientFailure(`${url.host} answered ${status}`);
  if (status === 401 || status === 403) return unauthorized(hub, subject, status);
  if (status === 404) return notFound(subject, url);
  return answerInvalid(subject, `answered ${status}`);
}

function unauthorized(hub: HubConnection, subject: Subject, status: number): Error {
  const page = `${hub.endpoint}/${subject.id}`;
  const tokenSent = hub.token !== undefined;
  // The hub does not tell strangers whether a private model exists: a wrong spelling too ends here.
  const step = tokenSent
    ? `check that the token in HF_TOKEN is valid and may read it, accept the licence at ${page} if it asks for that, and check the spelling`
    : `it is gated, private or misspelt: accept the licence at ${page} and set HF_TOKEN to a token of your account, or check the spelling`;
  return new AutopruneError(
    'HUB_UNAUTHORIZED',
    `${subjectName(subject)}: the hub refuses access (${status} ${tokenSent ? 'with' : 'without'} a token); ${step}`,
    { ...subject, status, tokenSent },
  );
}

function notFound(subject: Subject, url: URL): Error {
  const { id, revision, file } = subject;
  return new AutopruneError(
    'HUB_NOT_FOUND',
    file === undefined
      ? `${id}: ${url.host} has no such model, or it has no revision ${revision}; check the spelling of both`
      : `${id}: ${url.host} lists the file ${file} at revision ${revision} but does not have it (404); run the same command again, or leave it out with --exclude`,
    { ...subject },
  );
}
