// A llama.cpp model in a process of its own, for bench/real-models.mjs: answers each message with the time that it takes
// to read a prompt and to write some tokens after it.
//
//   fork('llama-worker.mjs', [folder with node-llama-cpp, file.gguf, threads])
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, modelPath, threads] = process.argv.slice(2);
const entry = createRequire(join(folder, 'index.js')).resolve('node-llama-cpp');
const { getLlama } = await import(pathToFileURL(entry).href);
const llama = await getLlama({ gpu: false, maxThreads: Number(threads), logLevel: 'error' });
const model = await llama.loadModel({ modelPath });
const context = await model.createContext({
  contextSize: 1024,
  batchSize: 1024,
  threads: Number(threads),
});
const sequence = context.getSequence();

process.on('message', async ({ promptTokens, newTokens }) => {
  await sequence.clearHistory();
  const prompt = Array.from(
    { length: promptTokens },
    (_, index) => 1000 + ((index * 7919) % 30_000),
  );
  const start = performance.now();
  await sequence.evaluateWithoutGeneratingNewTokens(prompt);
  const read = performance.now();
  let written = 0;
  for await (const _ of sequence.evaluate([5000])) if (++written >= newTokens) break;
  process.send({
    prefillMs: read - start,
    decodeMs: (performance.now() - read) / written,
    memoryBytes: process.memoryUsage().rss,
  });
});
process.send('ready');
