import { AutopruneError } from '@autoprune/core';
import { type Environment, isYes, variable } from './environment.js';

/** The public hub. */
const PUBLIC_HUB = 'https://huggingface.co';

/**
 * The base address of the hub: the one given, else `HF_ENDPOINT`, else the public hub. Mirrors may live under a path.
 *
 * @throws ARGUMENT_INVALID when it is not an http(s) address
 */
export function hubEndpoint(given?: string, env: Environment = process.env): string {
  const text = given ?? variable(env, 'HF_ENDPOINT') ?? PUBLIC_HUB;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url && !url.username && !url.password && !url.search && !url.hash;
  if (!plain || !/^https?:$/.test(url.protocol)) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `Expected an http or https address without user, query or fragment for the hub's endpoint but received ${JSON.stringify(text.slice(0, 200))}; an example is HF_ENDPOINT=${PUBLIC_HUB}`,
      { source: given === undefined ? 'HF_ENDPOINT' : 'endpoint' },
    );
  }
  return url.href.replace(/\/+$/, '');
}

/** A proxy variable that Node's fetch leaves aside, or undefined. People behind one see a connection that times out. */
export function unusedProxy(env: Environment = process.env): string | undefined {
  if (isYes(env.NODE_USE_ENV_PROXY)) return undefined;
  return ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'].find((name) =>
    variable(env, name),
  );
}

/** True when `HF_HUB_OFFLINE` forbids the network. */
export function isOffline(env: Environment = process.env): boolean {
  return isYes(env.HF_HUB_OFFLINE);
}
