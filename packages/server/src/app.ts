import { AutopruneError, registeredMethods } from '@autoprune/core';
import { registerAllMethods } from '@autoprune/core/methods';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { addChatRoute, type ChatServices } from './chat/chat-route.js';
import { hostCheck } from './http/allowed-hosts.js';
import { apiErrorOf } from './http/api-error.js';
import { apiKeyCheck } from './http/api-keys.js';
import { discardBody } from './http/discard-body.js';
import { requestError } from './http/request-error.js';
import type { ModelCard } from './inference/protocol.js';
import type { Metrics } from './metrics.js';
import { addPages, type Page } from './pages.js';
import { VERSION } from './version.js';

/** What the application is made of. */
export interface AppServices extends Omit<ChatServices, 'onAnswer'> {
  readonly card: ModelCard;
  readonly metrics: Metrics;
  readonly apiKeys: readonly string[];
  /** Address that the server listens on. */
  readonly host: string;
  /** Files of the playground by path; none where it is switched off. */
  readonly pages: ReadonlyMap<string, Page>;
}

/** Status of a request whose client went away; nobody reads it, the metrics count it. */
const CLIENT_CLOSED = 499;

const modelSchema = z
  .object({
    id: z.string(),
    object: z.literal('model'),
    created: z.number().int(),
    owned_by: z.string(),
    autoprune: z.object({
      family: z.string(),
      dtype: z.string(),
      contextLength: z.number().int(),
      grid: z.number().int().openapi({ description: 'Visual tokens along a side of one tile.' }),
      imageMode: z.enum(['crop', 'pad', 'anyres']),
      geometry: z.object({
        layers: z.number().int(),
        heads: z.number().int(),
        keyValueHeads: z.number().int(),
        hiddenSize: z.number().int(),
        intermediateSize: z.number().int(),
        headSize: z.number().int().optional(),
        vocabularySize: z.number().int().optional(),
      }),
      methods: z.array(z.object({ name: z.string(), title: z.string() })),
    }),
  })
  .openapi('Model');

const healthSchema = z
  .object({
    status: z.enum(['ok', 'starting', 'stopping']),
    model: z.string(),
    ready: z.number().int(),
    running: z.number().int(),
    waiting: z.number().int(),
  })
  .openapi('Health');

/** The HTTP application: every route, and what stands before them. */
export function createApp(services: AppServices): OpenAPIHono {
  const { metrics, apiKeys, host, card, modelName } = services;
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (!result.success) throw requestError(result.error);
    },
  });
  const checkHost = hostCheck(host);
  const checkKey = apiKeyCheck(apiKeys);
  app.use(requestId(), secureHeaders({ crossOriginResourcePolicy: 'same-origin' }));
  app.use(async (context, next) => {
    await next();
    metrics.countRequest(routeOf(context, app), context.res.status);
  });
  app.use(async (context, next) => {
    checkHost(context.req.header('host'));
    await next();
  });
  for (const path of ['/v1/*', '/metrics']) {
    app.use(path, async (context, next) => {
      checkKey(context.req.header('authorization'));
      await next();
    });
  }
  app.notFound((context) =>
    failure(
      context,
      new AutopruneError(
        'ROUTE_NOT_FOUND',
        `There is no ${context.req.method} ${context.req.path.slice(0, 80)} here; GET /openapi.json lists what there is`,
      ),
    ),
  );
  app.onError((error, context) => {
    if (context.req.raw.signal.aborted) return context.body(null, CLIENT_CLOSED as 400);
    if (error instanceof HTTPException && error.status < 500) {
      return failure(context, new AutopruneError('REQUEST_INVALID', error.message));
    }
    services.onFailure(error);
    return failure(context, error);
  });
  addChatRoute(app, {
    ...services,
    onAnswer: (result, seconds) => metrics.countAnswer(result, seconds),
  });
  addStatusRoutes(app, services);
  addModelRoutes(app, modelName, card);
  addPages(app, services.pages);
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: '@autoprune/server',
      version: VERSION,
      description: 'OpenAI-compatible chat with visual-token pruning.',
      license: { name: 'Apache-2.0' },
    },
  });
  return app;
}

/** The path where it is one of ours; what clients make up must not become a label. */
function routeOf(context: Context, app: OpenAPIHono): string {
  const { path } = context.req;
  return app.routes.some((route) => route.path === path) ? path : 'other';
}

async function failure(context: Context, error: unknown): Promise<Response> {
  const { status, headers, body } = apiErrorOf(error);
  if (!(await discardBody(context.req.raw))) context.header('connection', 'close');
  return context.json(body, status as ContentfulStatusCode, headers);
}

function addStatusRoutes(app: OpenAPIHono, services: AppServices): void {
  const { pool, metrics, modelName, stopping } = services;
  const content = { 'application/json': { schema: healthSchema } };
  const health = createRoute({
    method: 'get',
    path: '/health',
    summary: 'Whether a model is ready, and how long the line is',
    responses: {
      200: { description: 'At least one model is ready', content },
      503: { description: 'None is ready, or the server is stopping', content },
    },
  });
  app.openapi(health, (context) => {
    const ready = pool.processes.filter((process) => process.ready).length;
    const { busy: running, waiting } = pool.queue;
    const ok = ready > 0 && !stopping();
    const status = ok ? 'ok' : stopping() ? 'stopping' : 'starting';
    return context.json({ status, model: modelName, ready, running, waiting }, ok ? 200 : 503);
  });
  app.get('/metrics', async (context) =>
    context.body(await metrics.registry.metrics(), 200, {
      'content-type': metrics.registry.contentType,
    }),
  );
}

function addModelRoutes(app: OpenAPIHono, modelName: string, card: ModelCard): void {
  const created = Math.floor(Date.now() / 1000);
  const { family, dtype, grid, contextLength, imageMode, geometry } = card;
  registerAllMethods();
  const model = {
    id: modelName,
    object: 'model' as const,
    created,
    owned_by: 'autoprune',
    autoprune: {
      family,
      dtype,
      contextLength,
      grid,
      imageMode,
      geometry,
      methods: registeredMethods().map(({ name, title }) => ({ name, title })),
    },
  };
  const list = createRoute({
    method: 'get',
    path: '/v1/models',
    summary: 'The model of this server',
    responses: {
      200: {
        description: 'A list of one',
        content: {
          'application/json': {
            schema: z.object({ object: z.literal('list'), data: z.array(modelSchema) }),
          },
        },
      },
    },
  });
  app.openapi(list, (context) => context.json({ object: 'list' as const, data: [model] }, 200));
}
