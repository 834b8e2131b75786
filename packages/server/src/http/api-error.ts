import { AutopruneError } from '@autoprune/core';

/** Statuses of the server's own errors and of those of the model that are not the request's fault. */
const STATUS: Readonly<Record<string, number>> = {
  API_KEY_INVALID: 401,
  HOST_NOT_ALLOWED: 403,
  MODEL_NOT_FOUND: 404,
  ROUTE_NOT_FOUND: 404,
  REQUEST_TOO_LARGE: 413,
  MEDIA_TYPE_UNSUPPORTED: 415,
  QUEUE_FULL: 429,
  INFERENCE_PROCESS_DIED: 500,
  MODEL_UNAVAILABLE: 503,
  OUT_OF_MEMORY: 503,
  SERVER_STOPPING: 503,
  ANSWER_TIMEOUT: 504,
};

/** Beginnings of the codes that say that a request cannot be answered as it is. */
const REQUEST_FAULTS = [
  'ARGUMENT_',
  'BUDGET_',
  'CHAT_TEMPLATE_',
  'IMAGE_TOKEN_',
  'JSON_',
  'METHOD_',
  'PARAMETER_',
  'PICTURE_',
  'PROMPT_',
  'REQUEST_',
  'SIGNAL_UNSUPPORTED',
];

/** Body of every answer that is not a success, in OpenAI's shape. */
export interface ApiErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}

/** An error as it goes over the wire. */
export interface ApiError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ApiErrorBody;
}

function statusOf(code: string): number {
  return STATUS[code] ?? (REQUEST_FAULTS.some((start) => code.startsWith(start)) ? 400 : 500);
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 429) return 'rate_limit_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}

function headersOf(status: number, code: string, details: AutopruneError['details']) {
  const headers: Record<string, string> = {};
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  if (details.retryAfterSeconds !== undefined)
    headers['retry-after'] = String(details.retryAfterSeconds);
  // OpenAI's clients repeat a request after a 5xx by themselves; one that killed its process should not come again.
  if (code === 'INFERENCE_PROCESS_DIED' || code === 'ANSWER_TIMEOUT')
    headers['x-should-retry'] = 'false';
  return headers;
}

/**
 * The answer to a failed request. What nobody foresaw, and what is wrong with the checkpoint or the machine, is named by
 * its code alone: such messages hold paths.
 */
export function apiErrorOf(error: unknown): ApiError {
  const known = AutopruneError.isInstance(error)
    ? error
    : new AutopruneError('INTERNAL', 'The server failed in a way that nobody foresaw');
  const { code, details } = known;
  const status = statusOf(code);
  const hidden = status === 500 && STATUS[code] === undefined;
  return {
    status,
    headers: headersOf(status, code, details),
    body: {
      error: {
        message: hidden
          ? `The server could not answer (${code}); its log says more`
          : known.message,
        type: typeOf(status),
        param: typeof details.param === 'string' ? details.param : null,
        code: code.toLowerCase(),
      },
    },
  };
}
