import { AutopruneError } from '@autoprune/core';
import { type HubConnection, hubHost, type RetryPolicy } from './hub-connection.js';
import { TransientFailure } from './hub-failure.js';
import { unreachable } from './network-failure.js';
import { pause } from './pause.js';
import { type Subject, subjectName } from './subject.js';

/** 1 + 2 + 4 + 8 s: long enough for a server that restarts, short enough for a person who waits. */
export const DEFAULT_RETRIES: RetryPolicy = { tries: 5, backoffMs: 1000 };

/** Longest wait that is chosen here. */
const MAX_BACKOFF_MS = 30_000;
/** Longest wait that a server may ask for; the public hub counts requests in windows of five minutes. */
const MAX_RETRY_AFTER_MS = 300_000;

/** Between half and all of the wait, so that many clients do not come back in step. */
function backoff(policy: RetryPolicy, failures: number): number {
  const full = Math.min(policy.backoffMs * 2 ** (failures - 1), MAX_BACKOFF_MS);
  return full * (0.5 + Math.random() / 2);
}

/**
 * Does `work`, again after failures that may pass, until it succeeds, fails for good, or fails too often in a row.
 *
 * @param progressed  true when the last try brought enough that it should not count as a failure
 * @throws HUB_BUSY or HUB_UNREACHABLE after the last try; at once whatever `work` throws that is not transient
 */
export async function withRetries<T>(
  hub: HubConnection,
  subject: Subject,
  work: () => Promise<T>,
  progressed: () => boolean = () => false,
): Promise<T> {
  const { retries, signal } = hub;
  let failures = 0;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TransientFailure)) throw error;
      failures = progressed() ? 1 : failures + 1;
      const { retryAfterMs = 0 } = error.options;
      if (failures >= retries.tries || retryAfterMs > MAX_RETRY_AFTER_MS) {
        throw finalError(hub, subject, failures, error);
      }
      await pause(Math.max(retryAfterMs, backoff(retries, failures)), signal);
    }
  }
}

function finalError(
  hub: HubConnection,
  subject: Subject,
  tries: number,
  failure: TransientFailure,
): AutopruneError {
  const { busy, retryAfterMs, lastly } = failure.options;
  if (lastly) return lastly();
  const kept = 'run the same command again, which goes on from what has arrived';
  if (!busy) {
    const reason = `${failure.message}, ${tries} ${tries === 1 ? 'try' : 'tries in a row'}`;
    const step = `check the connection and ${kept}`;
    return unreachable(hub, subject, hubHost(hub), reason, step, failure.cause);
  }
  const wait = retryAfterMs ? `in ${Math.ceil(retryAfterMs / 1000)} s` : 'in some minutes';
  return new AutopruneError(
    'HUB_BUSY',
    `${subjectName(subject)}: ${failure.message} (too many requests) to ${tries} ${tries === 1 ? 'try' : 'tries'}; ${wait} ${kept}, or set HF_TOKEN, which raises the limit`,
    { ...subject, tries, retryAfterMs },
  );
}
