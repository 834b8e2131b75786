// One model with random weights in a process of its own, for bench/sessions.mjs: answers each message with the times of
// one answer and the longest stall of its event loop, or of one that is aborted.
//
//   fork('session-worker.mjs', [shape, dtype, threads, folder of the checkout, dtype of the caches])
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { asker } from './workload.mjs';

const [shape, dtype, threads, checkout, cacheDtype] = process.argv.slice(2);
const require = createRequire(join(checkout, 'bench', 'package.json'));
const { loadSyntheticModel } = await import(
  pathToFileURL(require.resolve('@autoprune/llava')).href
);

const RESOLUTION_MS = 1;

const model = await loadSyntheticModel(shape, { dtype, cacheDtype, threads: Number(threads) });
const ask = asker(model);

/** One answer: times in milliseconds. */
async function answer(request) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const { timings, cost } = await ask(request);
  delay.disable();
  return {
    visionMs: timings.visionMs,
    prefillMs: timings.prefillMs,
    firstTokenMs: timings.firstTokenMs,
    tokensPerSecond: timings.decodeTokensPerSecond,
    cacheRows: cost.meanEntering,
    longestStallMs: Math.max(0, delay.max / 1e6 - RESOLUTION_MS),
  };
}

/** Some answers at the same time: tokens a second of all of them. */
async function together({ count, ...request }) {
  const answers = await Promise.all(Array.from({ length: count }, () => ask(request)));
  const rates = answers.map(({ timings }) => timings.decodeTokensPerSecond);
  return { tokensPerSecond: rates.reduce((sum, rate) => sum + rate, 0) };
}

/** An answer that is aborted after `afterMs`: how long it went on. */
async function abort({ afterMs, ...request }) {
  const controller = new AbortController();
  let asked = 0;
  const timer = setTimeout(() => {
    asked = performance.now();
    controller.abort();
  }, afterMs);
  const ended = await ask({ ...request, signal: controller.signal }).then(
    () => false,
    () => true,
  );
  clearTimeout(timer);
  return { aborted: ended && asked > 0, returnMs: performance.now() - asked };
}

process.on('message', async (request) => {
  if (request.kind === 'end') {
    await model.release();
    process.disconnect();
    return;
  }
  const result = await { abort, answer, together }[request.kind](request);
  process.send({
    ...result,
    residentBytes: process.memoryUsage().rss,
    peakBytes: 1024 * process.resourceUsage().maxRSS,
  });
});
process.send({ loadMs: model.info.loadMs });
