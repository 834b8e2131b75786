import { AutopruneError } from '@autoprune/core';
import type { HubConnection } from './hub-connection.js';
import { TransientFailure } from './hub-failure.js';
import { type Subject, subjectName } from './subject.js';

/** Failures that another try will not mend, with what will. */
const LASTING: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:ENOTFOUND|EAI_FAIL|EAI_NONAME)$/,
    'its name is not known here: check the connection and HF_ENDPOINT',
  ],
  [
    /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/,
    'its certificate is not trusted: check the clock, and name the certificate of your proxy in NODE_EXTRA_CA_CERTS',
  ],
  [/^(?:ERR_INVALID_URL|UND_ERR_INVALID_ARG|UND_ERR_NOT_SUPPORTED)$/, 'check HF_ENDPOINT'],
];

/** The innermost reason of an error of fetch, which wraps it. */
function reasonOf(error: unknown): { code: string; message: string } {
  let inner = error as Error & { code?: unknown };
  while (inner.cause instanceof Error) inner = inner.cause as typeof inner;
  const code = typeof inner.code === 'string' ? inner.code : '';
  return { code, message: inner.message || code || String(error) };
}

/** The error when a server cannot be used. */
export function unreachable(
  { unusedProxy }: HubConnection,
  subject: Subject,
  host: string,
  reason: string,
  step: string,
  cause?: unknown,
): AutopruneError {
  const proxy = unusedProxy
    ? `; ${unusedProxy} is set, but Node uses it only with NODE_USE_ENV_PROXY=1, in recent versions`
    : '';
  return new AutopruneError(
    'HUB_UNREACHABLE',
    `${subjectName(subject)}: ${host} cannot be used (${reason}); ${step}${proxy}`,
    { ...subject, host },
    { cause },
  );
}

/** What an error that fetch threw means: worth another try unless its kind is known to last. */
export function networkFailure(
  hub: HubConnection,
  subject: Subject,
  url: URL,
  error: unknown,
): Error {
  const { code, message } = reasonOf(error);
  const lasting = LASTING.find(([pattern]) => pattern.test(code));
  if (lasting) return unreachable(hub, subject, url.host, code, lasting[1], error);
  return new TransientFailure(`${url.host}: ${message}`, { cause: error });
}
