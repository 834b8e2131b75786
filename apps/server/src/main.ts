// The server for containers: everything comes from the environment. `autoprune serve` is the same with flags.
//
//   AUTOPRUNE_MODEL  AUTOPRUNE_HOST  AUTOPRUNE_PORT  AUTOPRUNE_PROCESSES  AUTOPRUNE_API_KEYS (with commas)
//   AUTOPRUNE_METHOD  AUTOPRUNE_BUDGET (flops=0.25)
import { parseBudget } from '@autoprune/core';
import { startServer } from '@autoprune/server';

const { env } = process;
const log = (line: string): void => void process.stderr.write(`${line}\n`);

const server = await startServer({
  model: { ref: env.AUTOPRUNE_MODEL ?? 'tiny' },
  host: env.AUTOPRUNE_HOST ?? '0.0.0.0',
  port: Number(env.AUTOPRUNE_PORT ?? 8000),
  processes: Number(env.AUTOPRUNE_PROCESSES ?? 1),
  apiKeys: env.AUTOPRUNE_API_KEYS?.split(',').filter((key) => key !== '') ?? [],
  defaults: {
    ...(env.AUTOPRUNE_METHOD ? { method: env.AUTOPRUNE_METHOD } : {}),
    ...(env.AUTOPRUNE_BUDGET ? { budget: parseBudget(env.AUTOPRUNE_BUDGET) } : {}),
  },
  onLog: log,
});
log(`${server.modelName} is served at ${server.url}/v1`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void server.close());
}
