import { AutopruneError } from '@autoprune/core';
import { type HubConnection, isHubAddress } from './hub-connection.js';
import { answerInvalid, statusFailure } from './hub-failure.js';
import { IdleWatch } from './idle-watch.js';
import { networkFailure } from './network-failure.js';
import type { Subject } from './subject.js';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** The hub needs one or two; browsers stop at 20. */
const MAX_REDIRECTS = 8;

/** One request. */
export interface HubRequest {
  readonly method: 'GET' | 'HEAD';
  readonly url: URL;
  readonly subject: Subject;
  /** Headers for an address on the way. */
  readonly headers?: (url: URL) => Readonly<Record<string, string>>;
  /** Sees the headers of every redirect; true ends the way there. */
  readonly onRedirect?: (headers: Headers) => boolean;
}

/** An answer whose body has not been read. */
export class HubAnswer implements AsyncDisposable {
  constructor(
    readonly status: number,
    readonly headers: Headers,
    /** Where it came from in the end. */
    readonly url: URL,
    /** Whether it is a redirect that was not followed. */
    readonly redirect: boolean,
    private readonly response: Response,
    private readonly watch: IdleWatch,
    private readonly explain: (error: unknown) => unknown,
  ) {}

  /**
   * The body, as it arrives.
   *
   * @throws TransientFailure when the connection breaks or idles, the signal's reason on abort
   */
  async *chunks(): AsyncGenerator<Uint8Array> {
    const reader = this.response.body?.getReader();
    if (!reader) return;
    for (;;) {
      const { done, value } = await this.watch.during(reader.read()).catch((error: unknown) => {
        throw this.explain(error);
      });
      if (done) return;
      yield value;
    }
  }

  /** Gives up what has not been read. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.watch[Symbol.dispose]();
    await this.response.body?.cancel().catch(() => {});
  }
}

/**
 * Sends a request and follows redirects one by one, because what is sent depends on the address: the token goes to the
 * hub alone, never to the servers that hold the content.
 *
 * @returns the first answer that is not a redirect to follow; error statuses are thrown
 * @throws HUB_UNAUTHORIZED, HUB_NOT_FOUND, HUB_ANSWER_INVALID, HUB_UNREACHABLE, TransientFailure, or the signal's reason
 */
export async function openAnswer(hub: HubConnection, request: HubRequest): Promise<HubAnswer> {
  const watch = new IdleWatch(hub.signal, hub.idleTimeoutMs);
  let { url } = request;
  const explain = (error: unknown): unknown => {
    if (hub.signal?.aborted) return hub.signal.reason;
    return AutopruneError.isInstance(error)
      ? error
      : networkFailure(hub, request.subject, url, error);
  };
  try {
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const response = await watch.during(send(hub, request, url, watch.signal)).catch((error) => {
        throw explain(error);
      });
      const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
      const follow = location !== null && !request.onRedirect?.(response.headers);
      if (!follow) return finish(hub, request, response, url, location !== null, watch, explain);
      await response.body?.cancel().catch(() => {});
      url = nextAddress(request.subject, url, location);
    }
    throw answerInvalid(request.subject, `redirects more than ${MAX_REDIRECTS} times`);
  } catch (error) {
    watch[Symbol.dispose]();
    throw error;
  }
}

function send(
  hub: HubConnection,
  { method, headers }: HubRequest,
  url: URL,
  signal: AbortSignal,
): Promise<Response> {
  const own: Record<string, string> = { 'user-agent': 'autoprune', ...headers?.(url) };
  if (hub.token !== undefined && isHubAddress(hub, url)) own.authorization = `Bearer ${hub.token}`;
  return fetch(url, { method, headers: own, redirect: 'manual', signal });
}

async function finish(
  hub: HubConnection,
  { subject }: HubRequest,
  response: Response,
  url: URL,
  redirect: boolean,
  watch: IdleWatch,
  explain: (error: unknown) => unknown,
): Promise<HubAnswer> {
  const { status, headers } = response;
  // 416 means that a partial file is longer than the content; who asked knows what to do.
  if (redirect || response.ok || status === 416) {
    return new HubAnswer(status, headers, url, redirect, response, watch, explain);
  }
  await response.body?.cancel().catch(() => {});
  throw statusFailure(hub, subject, { status, headers, url });
}

function nextAddress(subject: Subject, from: URL, location: string): URL {
  const next = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (!next || !/^https?:$/.test(next.protocol)) {
    throw answerInvalid(subject, `redirects to ${JSON.stringify(location.slice(0, 200))}`);
  }
  if (from.protocol === 'https:' && next.protocol === 'http:') {
    throw answerInvalid(subject, `redirects from https to unencrypted http at ${next.host}`);
  }
  return next;
}
