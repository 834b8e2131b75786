// The server under load: clients that ask without a pause, some of which go away in the middle, for two minutes. Nothing
// but 429 may fail, and memory must stay flat.
//
//   node bench/server.mjs [--clients 50] [--seconds 120]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { flags, writeReport } from './report.mjs';
import { picturePath } from './shapesvqa.mjs';

const { clients, seconds } = flags({ clients: 50, seconds: 120 });
/** Every so manieth request is given up after its first part. */
const GIVEN_UP = 20;
const METHODS = ['autoprune', 'fastv', 'none'];

const bin = fileURLToPath(new URL('../packages/cli/dist/bin.js', import.meta.url));
const server = spawn(process.execPath, [bin, 'serve', '--port', '0', '--json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
let printed = '';
for await (const line of createInterface({ input: server.stdout })) {
  printed += line;
  if (line === '}') break;
}
const { url } = JSON.parse(printed);

const pictures = Array.from({ length: 20 }, (_, index) => {
  const file = picturePath(`${String(index).padStart(4, '0')}.jpg`);
  return `data:image/jpeg;base64,${readFileSync(file).toString('base64')}`;
});
const bodyOf = (number) =>
  JSON.stringify({
    model: 'tiny',
    stream: number % 2 === 0,
    max_tokens: 16,
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: pictures[number % pictures.length] } },
          { type: 'text', text: 'How many triangles are there?' },
        ],
      },
    ],
    autoprune: { method: METHODS[number % METHODS.length] },
  });

const counts = { answered: 0, refused: 0, givenUp: 0 };
const failures = [];
const latencies = [];
const started = performance.now();
const over = () => performance.now() - started > seconds * 1000;
let number = 0;

/** One request; its status, or 0 for one that was given up. */
async function ask() {
  const mine = number++;
  const stop = new AbortController();
  const giveUp = mine % GIVEN_UP === 0;
  const begun = performance.now();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: bodyOf(mine),
    signal: stop.signal,
  });
  if (response.status === 429) {
    await response.text();
    counts.refused++;
    const wait = Number(response.headers.get('retry-after'));
    return new Promise((resolve) => setTimeout(resolve, wait * 1000 * Math.random()));
  }
  if (giveUp && response.ok) {
    await response.body.getReader().read();
    stop.abort();
    counts.givenUp++;
    return;
  }
  const text = await response.text();
  const whole =
    text.includes('"finish_reason":"stop"') || text.includes('"finish_reason":"length"');
  if (response.ok && whole) {
    counts.answered++;
    latencies.push(performance.now() - begun);
  } else failures.push({ status: response.status, text: text.slice(0, 300) });
}

async function client() {
  while (!over()) {
    await ask().catch((error) => failures.push({ status: -1, text: String(error.cause ?? error) }));
  }
}

const metric = (text, name) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]);
const memory = [];
async function watch() {
  while (!over()) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const text = await (await fetch(`${url}/metrics`)).text();
    memory.push({
      seconds: Math.round((performance.now() - started) / 1000),
      server: metric(text, 'autoprune_server_resident_bytes'),
      inference: metric(text, 'autoprune_inference_resident_bytes'),
    });
  }
}

await Promise.all([watch(), ...Array.from({ length: clients }, client)]);
const health = await (await fetch(`${url}/health`)).json();
server.kill('SIGTERM');
const [code] = await once(server, 'exit');

latencies.sort((a, b) => a - b);
const percentile = (p) =>
  latencies[Math.min(latencies.length - 1, Math.floor(p * latencies.length))];
/** Mean of a part of the samples, which garbage collection makes a saw of. */
const meanOf = (name, from, to) => {
  const part = memory.slice(Math.floor(from * memory.length), Math.ceil(to * memory.length));
  return part.reduce((sum, sample) => sum + sample[name], 0) / part.length;
};
const growth = Object.fromEntries(
  ['server', 'inference'].map((name) => [name, meanOf(name, 0.75, 1) / meanOf(name, 0.25, 0.5)]),
);
const result = {
  clients,
  seconds,
  ...counts,
  failures: failures.length,
  answersPerSecond: counts.answered / seconds,
  latencyMs: {
    p50: percentile(0.5),
    p90: percentile(0.9),
    p99: percentile(0.99),
    max: percentile(1),
  },
  memoryGrowth: growth,
  memory: memory.filter((_, index) => index % 10 === 0),
};
console.log(JSON.stringify({ ...result, memory: undefined }, undefined, 2));
writeReport('server', result);

const problems = [
  ...failures.slice(0, 5).map((failure) => `failed: ${JSON.stringify(failure)}`),
  ...(counts.answered === 0 ? ['nothing was answered'] : []),
  ...(health.running + health.waiting > 0 ? ['requests are left in the line'] : []),
  ...(code === 0 ? [] : [`the server ended with exit code ${code}`]),
  ...Object.entries(growth).flatMap(([name, ratio]) =>
    ratio > 1.15 ? [`memory of ${name} grew by ${(100 * (ratio - 1)).toFixed(0)} %`] : [],
  ),
];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
