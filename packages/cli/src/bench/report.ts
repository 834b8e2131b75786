import type { CacheDtype, Dtype, MachineProbe } from '@autoprune/llava';
import { duration, metric, percent } from '../output/quantities.js';
import { renderTable } from '../output/table.js';
import type { Measurement } from './measure.js';
import type { Spread } from './statistics.js';

/** Everything that `autoprune bench` found out; the JSON that it writes. */
export interface BenchReport {
  readonly model: string;
  readonly family: string;
  readonly dtype: Dtype;
  readonly cacheDtype: CacheDtype;
  readonly threads: number;
  readonly textTokens: number;
  readonly visualTokens: number;
  readonly newTokens: number;
  readonly runs: number;
  readonly loadMs: number;
  readonly machine: {
    readonly processor: string;
    readonly memoryBytes: number;
    readonly system: string;
    readonly node: string;
    readonly version: string;
  };
  readonly roofline: MachineProbe;
  readonly memory: {
    /** Largest resident set of the whole run, in bytes. */
    readonly peak: number;
    /** What was expected before loading. */
    readonly estimate: number;
  };
  /** Weights that each token of the answer reads, in bytes. */
  readonly decodeWeightBytes: number;
  readonly results: readonly Measurement[];
}

const times = ({ median, low, high }: Spread): string =>
  `${median.toFixed(2)}× (${low.toFixed(2)}–${high.toFixed(2)})`;

/** Rate of arithmetic that the prefill reached, of what the machine showed. */
function prefillShare(report: BenchReport, { prefill, prefillFlops }: Measurement): number {
  const { operationsPerSecond } = report.roofline;
  const most = report.dtype === 'int4' ? operationsPerSecond.int4 : operationsPerSecond.int8;
  return prefillFlops / (prefill.median / 1000) / most;
}

/** Rate of reading weights and cache that decoding reached, of what the machine showed. */
function decodeShare(report: BenchReport, { decode, cacheBytes }: Measurement): number | null {
  if (!decode) return null;
  const { bytesPerSecond } = report.roofline;
  const most = report.dtype === 'int8' ? bytesPerSecond.int8 : bytesPerSecond.int4;
  return (report.decodeWeightBytes + cacheBytes) / (decode.median / 1000) / most;
}

/** The report as tables for a terminal. */
export function benchText(report: BenchReport): string {
  const { roofline, memory, results } = report;
  const timesTable = renderTable({
    headings: ['', 'vision', 'prefill', 'pruning', 'first token', 'sooner', 'a token', 'faster'],
    rows: results.map((result) => [
      result.label,
      duration(result.vision.median),
      duration(result.prefill.median),
      percent(result.pruningShare.median),
      duration(result.firstToken.median),
      times(result.firstTokenSpeedup),
      result.decode ? duration(result.decode.median) : '–',
      result.decodeSpeedup ? times(result.decodeSpeedup) : '–',
    ]),
  });
  const workTable = renderTable({
    headings: [
      '',
      'entering',
      'FLOPs',
      'prefill work',
      'of the roof',
      'read a token',
      'of the roof',
    ],
    rows: results.map((result) => {
      const read = decodeShare(report, result);
      return [
        result.label,
        result.meanEntering.toFixed(1),
        percent(result.flopsRatio),
        metric(result.prefillFlops, 'FLOP'),
        percent(prefillShare(report, result)),
        metric(report.decodeWeightBytes + result.cacheBytes, 'B'),
        read === null ? '–' : percent(read),
      ];
    }),
  });
  const { int8, int4 } = roofline.operationsPerSecond;
  const reading = roofline.bytesPerSecond;
  return [
    `${report.model}, ${report.dtype}${report.cacheDtype === 'fp32' ? '' : ` with ${report.cacheDtype} caches`}, ${report.visualTokens} visual and ${report.textTokens} text tokens, ${report.threads} threads, medians of ${report.runs} runs`,
    '',
    timesTable,
    '',
    workTable,
    '',
    `Roof of this machine: ${metric(int8, 'OP/s')} (int8) and ${metric(int4, 'OP/s')} (int4) for many rows, weights read at ${metric(reading.int8, 'B/s')} and ${metric(reading.int4, 'B/s')} for one`,
    `Loading ${duration(report.loadMs)}; memory at its peak ${metric(memory.peak, 'B')}, expected ${metric(memory.estimate, 'B')}`,
  ].join('\n');
}
