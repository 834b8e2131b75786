import { AutopruneError } from '@autoprune/core';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** True for an address that only this machine can reach. */
function isLoopback(hostname: string): boolean {
  return LOOPBACK.includes(hostname) || hostname === '::1';
}

/**
 * A check of the `Host` header of a server that listens on the loopback only. A page of the web can make its own name
 * resolve to 127.0.0.1 (DNS rebinding), but it cannot change the name that the browser sends.
 *
 * @returns throws HOST_NOT_ALLOWED for another name; where the server is reachable anyway, nothing is checked
 */
export function hostCheck(listening: string): (host: string | undefined) => void {
  if (!isLoopback(listening)) return () => {};
  return (host = '') => {
    const name = host.replace(/:\d+$/, '').toLowerCase();
    if (LOOPBACK.includes(name)) return;
    throw new AutopruneError(
      'HOST_NOT_ALLOWED',
      `This server listens on this machine only and is not called ${name.slice(0, 80)}; use http://127.0.0.1`,
      { host: name },
    );
  };
}
