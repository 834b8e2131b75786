import { once } from 'node:events';
import { connect } from 'node:net';
import { AutopruneError } from '@autoprune/core';
import { untilAborted } from './until-aborted.js';

/** Where a Redis server is, as BullMQ takes it. */
export interface RedisConnection {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  readonly tls?: Record<string, never>;
  /** BullMQ asks for this of connections that wait for work. */
  readonly maxRetriesPerRequest: null;
}

const DEFAULT_PORT = 6379;

/**
 * Reads `redis://user:password@host:port/database`, or `rediss://` for TLS.
 *
 * @throws ARGUMENT_INVALID for anything else; the message leaves the password out
 */
export function redisConnection(address: string): RedisConnection {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const database = url?.pathname.replace(/^\//, '') ?? '';
  if (!url || !/^rediss?:$/.test(url.protocol) || !/^\d*$/.test(database)) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      'the address of Redis is written redis://host:port, with /number for a database and rediss:// for TLS',
    );
  }
  const { hostname, port, username, password, protocol } = url;
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1',
    port: port === '' ? DEFAULT_PORT : Number(port),
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    ...(database && { db: Number(database) }),
    ...(protocol === 'rediss:' && { tls: {} }),
    maxRetriesPerRequest: null,
  };
}

const CONNECT_MS = 10_000;

function unreachable({ host, port }: RedisConnection, cause: unknown): AutopruneError {
  return new AutopruneError(
    'REDIS_UNREACHABLE',
    `Redis at ${host}:${port} could not be reached (${(cause as Error).message}); start it, or correct the address`,
    { host, port },
    { cause },
  );
}

/**
 * Looks whether something listens at an address, because BullMQ would try it for ever.
 *
 * @throws REDIS_UNREACHABLE
 */
export async function requireListening(connection: RedisConnection): Promise<void> {
  const socket = connect({ host: connection.host, port: connection.port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_MS) });
  } catch (cause) {
    throw unreachable(connection, cause);
  } finally {
    socket.destroy();
  }
}

/**
 * Waits until a connection is ready.
 *
 * @throws REDIS_UNREACHABLE
 */
export async function requireReady(
  ready: Promise<unknown>,
  connection: RedisConnection,
): Promise<void> {
  try {
    await untilAborted(ready, AbortSignal.timeout(CONNECT_MS));
  } catch (cause) {
    throw unreachable(connection, cause);
  }
}
