// Answers questions of a queue until it is told to stop. Any number may run, on any machine that sees the pictures.
//
//   node worker.mjs --redis redis://127.0.0.1:6379 [--model tiny] [--method autoprune] [--target-tokens 32]
import { once } from 'node:events';
import { startFleetWorker } from '@autoprune/eval/fleet';
import { flags, localAnswerer, queue } from './settings.mjs';

if (!flags.redis) throw new Error('--redis is needed, as in redis://127.0.0.1:6379');
const answerer = await localAnswerer();
const worker = await startFleetWorker({
  address: flags.redis,
  queue,
  answerer,
  lockMs: Number(flags['lock-ms']),
  onError: ({ message }) => console.error(message),
});
console.log(`answering ${queue}`);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await worker[Symbol.asyncDispose]();
await answerer[Symbol.asyncDispose]();
