import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { InferencePool } from './inference/inference-pool.js';
import type { AnswerResult } from './inference/protocol.js';

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

/** Everything that `GET /metrics` shows. */
export class Metrics {
  readonly registry = new Registry();
  private readonly requests = new Counter({
    name: 'autoprune_requests_total',
    help: 'HTTP requests by route and status',
    labelNames: ['route', 'status'],
    registers: [this.registry],
  });
  private readonly duration = new Histogram({
    name: 'autoprune_answer_seconds',
    help: 'From the arrival of a request to the end of its answer',
    buckets: SECONDS,
    registers: [this.registry],
  });
  private readonly firstToken = new Histogram({
    name: 'autoprune_first_token_seconds',
    help: 'From the start of inference to the first token',
    buckets: SECONDS,
    registers: [this.registry],
  });
  private readonly tokens = new Counter({
    name: 'autoprune_tokens_total',
    help: 'Tokens of answered requests: visual and text of the prompt, generated',
    labelNames: ['kind'],
    registers: [this.registry],
  });
  private readonly flops = new Counter({
    name: 'autoprune_prefill_flops_total',
    help: 'Prefill FLOPs of the decoder by the formula of the field, as pruned and as it would have been',
    labelNames: ['kind'],
    registers: [this.registry],
  });
  private readonly restarts = new Counter({
    name: 'autoprune_inference_restarts_total',
    help: 'Inference processes that died and were started again',
    registers: [this.registry],
  });

  /** Shows the state of a pool at the moment of asking. */
  watch(pool: InferencePool): void {
    const gauge = (name: string, help: string, read: () => number): void => {
      new Gauge({
        name,
        help,
        registers: [this.registry],
        collect() {
          this.set(read());
        },
      });
    };
    gauge('autoprune_requests_waiting', 'Requests without a slot', () => pool.queue.waiting);
    gauge('autoprune_requests_running', 'Requests being answered', () => pool.queue.busy);
    gauge(
      'autoprune_inference_ready',
      'Inference processes with a loaded model',
      () => pool.processes.filter(({ ready }) => ready).length,
    );
    gauge('autoprune_server_resident_bytes', 'Memory of the HTTP process', () =>
      process.memoryUsage.rss(),
    );
    gauge('autoprune_inference_resident_bytes', 'Memory of the inference processes', () =>
      pool.processes.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
    );
  }

  /** @param route  the route's pattern, never the path as it came */
  countRequest(route: string, status: number): void {
    this.requests.inc({ route, status });
  }

  countAnswer({ tokens, cost, timings }: AnswerResult, seconds: number): void {
    this.duration.observe(seconds);
    this.firstToken.observe(timings.firstTokenMs / 1000);
    for (const [kind, count] of Object.entries(tokens)) this.tokens.inc({ kind }, count);
    this.flops.inc({ kind: 'pruned' }, cost.flops);
    this.flops.inc({ kind: 'unpruned' }, cost.flopsUnpruned);
  }

  countRestart(): void {
    this.restarts.inc();
  }
}
