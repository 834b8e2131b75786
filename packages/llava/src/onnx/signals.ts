import { AutopruneError, type SignalReader, type SignalRequest, signalKey } from '@autoprune/core';
import type { TokenKernels } from '@autoprune/kernels';
import type { AttendRequest } from '../runtime/backend.js';

/**
 * Signals of one layer, made from the attention weights of the rows that they ask for, cut to the visual
 * keys. Rows are a run at the end of the sequence, long enough for the longest request.
 */
export class AttentionSignals implements SignalReader {
  /** Rows whose attention must be computed. */
  readonly rows: number;
  /** float32 [heads, rows, visual], set once they are computed. */
  probabilities: Float32Array = new Float32Array(0);
  private readonly cache = new Map<string, Float32Array>();

  constructor(
    private readonly request: AttendRequest,
    private readonly sequenceRows: number,
    private readonly heads: number,
    private readonly kernels: TokenKernels,
  ) {
    this.rows = Math.max(0, ...request.signals.map((signal) => this.rowsOf(signal)));
  }

  private rowsOf(signal: SignalRequest): number {
    if (signal.kind !== 'attention' && signal.kind !== 'mutual-information') return 0;
    if (signal.rows === 'all') return this.sequenceRows;
    return signal.rows === 'last' ? 1 : this.request.textRows;
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
      values = this.compute(request);
      this.cache.set(key, values);
    }
    return values;
  }

  private compute(request: SignalRequest): Float32Array {
    const rows = this.rowsOf(request);
    if (rows === 0) {
      throw new AutopruneError(
        'SIGNAL_UNSUPPORTED',
        `Signal ${signalKey(request)} cannot be computed by this backend`,
        { request },
      );
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
    if (rows === this.rows) return this.probabilities;
    const visual = this.request.visualRows.length;
    const out = new Float32Array(this.heads * rows * visual);
    for (let head = 0; head < this.heads; head++) {
      const end = (head + 1) * this.rows * visual;
      out.set(this.probabilities.subarray(end - rows * visual, end), head * rows * visual);
    }
    return out;
  }
}
