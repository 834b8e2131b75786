import { AutopruneError, type SignalReader, type SignalRequest, signalKey } from '@autoprune/core';
import type { TokenKernels } from '@autoprune/kernels';
import type { AttendRequest } from '../runtime/backend.js';

/** Whether a request is answered from sums over rows, so that the rows themselves need not be kept. */
const isSummed = ({ rows, reduce }: SignalRequest): boolean =>
  reduce === 'max-sum' || ((rows === 'all' || rows === 'visual') && reduce === 'mean');

/**
 * Signals of one layer, made from the attention weights of the rows that they ask for, cut to the visual
 * keys. Rows are a run at the end of the sequence, long enough for the longest request; they come in blocks, and only
 * what a request reads as it is stays in memory.
 */
export class AttentionSignals implements SignalReader {
  /** Rows whose attention must be computed. */
  readonly rows: number;
  /** The last rows, whose weights are kept: float32 [heads, kept, visual]. */
  private kept: Float32Array = new Float32Array(0);
  private readonly keptRows: number;
  private readonly sums = new Map<string, Float64Array>();
  private readonly visual: number;
  private readonly isVisual: Uint8Array;
  private readonly cache = new Map<string, Float32Array>();

  constructor(
    private readonly request: AttendRequest,
    private readonly sequenceRows: number,
    private readonly heads: number,
    private readonly kernels: TokenKernels,
  ) {
    this.visual = request.visualRows.length;
    this.rows = Math.max(0, ...request.signals.map((signal) => this.rowsOf(signal)));
    this.keptRows = Math.max(
      0,
      ...request.signals.filter((one) => !isSummed(one)).map((one) => this.rowsOf(one)),
    );
    for (const signal of request.signals) {
      if (isSummed(signal)) this.sums.set(signalKey(signal), new Float64Array(this.visual));
    }
    this.isVisual = new Uint8Array(sequenceRows);
    for (const row of request.visualRows) this.isVisual[row] = 1;
  }

  /** Rows at the end of the sequence that a request needs. */
  private rowsOf(signal: SignalRequest): number {
    if (signal.kind !== 'attention' && signal.kind !== 'mutual-information') return 0;
    if (signal.rows === 'all') return this.sequenceRows;
    if (signal.rows === 'visual') return this.sequenceRows - (this.request.visualRows[0] ?? 0);
    return signal.rows === 'last' ? 1 : this.request.textRows;
  }

  /**
   * Takes in weights float32 [heads, count, visual] of the rows from `start` of the sequence on. They are copied only where
   * they are some of the rows that are kept, or where a request reads them as they are: else they must not change before
   * all signals are read.
   */
  accept(start: number, count: number, weights: Float32Array): void {
    this.keep(start, count, weights);
    for (const signal of this.request.signals) {
      const sums = this.sums.get(signalKey(signal));
      if (sums) this.add(signal, sums, start, count, weights);
    }
  }

  private keep(start: number, count: number, weights: Float32Array): void {
    const firstKept = this.sequenceRows - this.keptRows;
    const handedOut = this.request.signals.some(({ reduce }) => reduce === 'heads');
    if (start === firstKept && count === this.keptRows && !handedOut) {
      this.kept = weights;
      return;
    }
    if (this.kept.length === 0) {
      this.kept = new Float32Array(this.heads * this.keptRows * this.visual);
    }
    for (let head = 0; head < this.heads; head++) {
      for (let index = Math.max(0, firstKept - start); index < count; index++) {
        const from = (head * count + index) * this.visual;
        const to = (head * this.keptRows + start + index - firstKept) * this.visual;
        this.kept.set(weights.subarray(from, from + this.visual), to);
      }
    }
  }

  private add(
    signal: SignalRequest,
    sums: Float64Array,
    start: number,
    count: number,
    weights: Float32Array,
  ): void {
    const first = this.sequenceRows - this.rowsOf(signal);
    const largest = signal.reduce === 'max-sum';
    for (let index = Math.max(0, first - start); index < count; index++) {
      if (signal.rows === 'visual' && this.isVisual[start + index] === 0) continue;
      for (let token = 0; token < this.visual; token++) {
        let value = 0;
        for (let head = 0; head < this.heads; head++) {
          const weight = weights[(head * count + index) * this.visual + token]!;
          value = largest ? Math.max(value, weight) : value + weight;
        }
        sums[token]! += value;
      }
    }
  }

  get(request: SignalRequest): Float32Array {
    const key = signalKey(request);
    const asked = this.request.signals.some((signal) => signalKey(signal) === key);
    if (!asked) {
      throw new AutopruneError('SIGNAL_MISSING', `Signal ${key} was not asked for at this site`, {
        key,
      });
    }
    let values = this.cache.get(key);
    if (!values) {
      values = this.compute(request, key);
      this.cache.set(key, values);
    }
    return values;
  }

  private compute(request: SignalRequest, key: string): Float32Array {
    const rows = this.rowsOf(request);
    if (rows === 0) {
      throw new AutopruneError(
        'SIGNAL_UNSUPPORTED',
        `Signal ${key} cannot be computed by this backend`,
        { request },
      );
    }
    const sums = this.sums.get(key);
    if (sums) {
      const queries = request.rows === 'visual' ? this.visual : rows;
      const divisor = request.reduce === 'mean' ? this.heads * queries : 1;
      return Float32Array.from(sums, (sum) => sum / divisor);
    }
    const attention = this.lastRows(rows);
    if (request.kind === 'mutual-information') {
      return Float32Array.from(this.kernels.mutualInformation(attention, this.heads, rows));
    }
    return request.reduce === 'heads'
      ? attention
      : this.kernels.meanAttention(attention, this.heads, rows);
  }

  /** The last `rows` rows of every head. */
  private lastRows(rows: number): Float32Array {
    if (rows === this.keptRows) return this.kept;
    const out = new Float32Array(this.heads * rows * this.visual);
    for (let head = 0; head < this.heads; head++) {
      const end = (head + 1) * this.keptRows * this.visual;
      out.set(this.kept.subarray(end - rows * this.visual, end), head * rows * this.visual);
    }
    return out;
  }
}
