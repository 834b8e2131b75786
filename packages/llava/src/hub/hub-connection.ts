/** How often and how fast requests are tried again. */
export interface RetryPolicy {
  /** Tries in a row without progress, the first one included. */
  readonly tries: number;
  /** Wait before the second try; it doubles with every further one. */
  readonly backoffMs: number;
}

/** How a pull talks to the hub. */
export interface HubConnection {
  /** Base address without a slash at the end. */
  readonly endpoint: string;
  readonly token?: string | undefined;
  /** A server that sends nothing for so long is given up. */
  readonly idleTimeoutMs: number;
  readonly retries: RetryPolicy;
  readonly signal?: AbortSignal | undefined;
  /** Name of a variable that names a proxy which Node will not use; errors of the connection mention it. */
  readonly unusedProxy?: string | undefined;
}

/** Whether an address belongs to the hub itself: same scheme, host and port. Only these are sent the token. */
export function isHubAddress(hub: HubConnection, url: URL): boolean {
  return url.origin === new URL(hub.endpoint).origin;
}

/** The host of the hub, for errors. */
export function hubHost(hub: HubConnection): string {
  return new URL(hub.endpoint).host;
}
