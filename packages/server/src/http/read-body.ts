import { AutopruneError } from '@autoprune/core';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import type { ServerLimits } from '../limits.js';
import { requireModestJson } from './json-shape.js';

/** A browser sends JSON to another site only after asking whether it may, which this server denies. */
const jsonOnly = createMiddleware(async (context, next) => {
  const type = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new AutopruneError(
      'MEDIA_TYPE_UNSUPPORTED',
      `The body is ${type?.slice(0, 80) ?? 'of no type'}; send application/json`,
    );
  }
  const encoding = context.req.header('content-encoding') ?? 'identity';
  if (encoding !== 'identity') {
    throw new AutopruneError(
      'MEDIA_TYPE_UNSUPPORTED',
      `The body is encoded as ${encoding.slice(0, 80)}; send it as it is`,
    );
  }
  await next();
});

/**
 * Reads the body of a request, within the limits: type, bytes, nesting, number of values. What comes after finds it
 * read.
 *
 * @returns middleware that throws MEDIA_TYPE_UNSUPPORTED, REQUEST_TOO_LARGE, JSON_TOO_DEEP, JSON_TOO_MANY_VALUES
 */
export function readBody(limits: ServerLimits): readonly MiddlewareHandler[] {
  const { maxBodyBytes } = limits;
  const limit = bodyLimit({
    maxSize: maxBodyBytes,
    onError: () => {
      throw new AutopruneError(
        'REQUEST_TOO_LARGE',
        `The body is larger than ${maxBodyBytes} bytes; send smaller or fewer pictures`,
        { maxBodyBytes },
      );
    },
  });
  const modest = createMiddleware(async (context, next) => {
    requireModestJson(await context.req.text(), limits);
    await next();
  });
  return [jsonOnly, limit, modest];
}
