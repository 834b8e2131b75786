// Answers questions of `autoprune eval --fleet` until it is told to stop. Any number may run, on any machine that sees the
// pictures and models under the same paths.
//
//   node worker.mjs --redis redis://127.0.0.1:6379 [--threads 8] [--lock-ms 30000]
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { FLEET_QUEUE, startFleetWorker } from '@autoprune/server/fleet';

const { values } = parseArgs({
  options: {
    redis: { type: 'string', default: 'redis://127.0.0.1:6379' },
    threads: { type: 'string' },
    'lock-ms': { type: 'string', default: '30000' },
  },
});
const worker = await startFleetWorker({
  address: values.redis,
  load: values.threads === undefined ? {} : { threads: Number(values.threads) },
  lockMs: Number(values['lock-ms']),
  onError: ({ message }) => console.error(message),
});
console.log(`answering ${FLEET_QUEUE}`);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await worker[Symbol.asyncDispose]();
