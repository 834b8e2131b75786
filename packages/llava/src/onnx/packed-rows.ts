import type { CacheKernels } from '@autoprune/kernels';
import type { CacheDtype } from '../precision/dtype.js';
import { Breather } from '../runtime/breathe.js';
import type { BufferPool } from './buffer-pool.js';

/** Fewer bits than float32 for the keys and values of caches, and what converts them. */
export interface Packing {
  readonly dtype: Exclude<CacheDtype, 'fp32'>;
  readonly kernels: CacheKernels;
}

/** Extents of a cache. */
export interface CacheExtents {
  readonly heads: number;
  readonly headSize: number;
}

/** Keys or values of one layer in fewer bits, [heads, capacity, head]. The pool's memory behind it moves when it grows. */
export class PackedRows {
  data: Uint16Array | Int8Array;
  /** float32 [heads, capacity], with 8-bit integers. */
  scales: Float32Array | undefined;
  capacity = 0;

  constructor(
    private readonly extents: CacheExtents,
    private readonly packing: Packing,
    private readonly pool: BufferPool,
  ) {
    this.data = this.take(0);
    this.scales = this.scalesFor(0);
  }

  /** Makes room for `capacity` rows, and copies the first `rows`; timers have their turn in between. */
  async grow(capacity: number, rows: number): Promise<void> {
    const { heads, headSize } = this.extents;
    const data = this.take(capacity);
    const scales = this.scalesFor(capacity);
    const breather = new Breather();
    for (let head = 0; head < heads; head++) {
      const from = head * this.capacity;
      const to = head * capacity;
      data.set(this.data.subarray(from * headSize, (from + rows) * headSize), to * headSize);
      scales?.set(this.scales!.subarray(from, from + rows), to);
      await breather.after(rows * headSize);
    }
    this.release();
    this.data = data;
    this.scales = scales;
    this.capacity = capacity;
  }

  /** Packs `values` float32 [rows, head] to the rows of a head from `row` on. */
  write(head: number, row: number, values: Float32Array): void {
    const { part, scales } = this.rowsOf(head, row, values.length / this.extents.headSize);
    if (part instanceof Uint16Array) this.packing.kernels.packHalves(values, part);
    else this.packing.kernels.packBytes(values, part, scales);
  }

  /** Unpacks the first rows of a head to `values` float32 [rows, head]. */
  read(head: number, values: Float32Array): void {
    const { part, scales } = this.rowsOf(head, 0, values.length / this.extents.headSize);
    if (part instanceof Uint16Array) this.packing.kernels.unpackHalves(part, values);
    else this.packing.kernels.unpackBytes(part, scales, values);
  }

  /** Gives the memory back; there is no room for a row then. */
  release(): void {
    this.pool.give(this.data);
    this.data = this.take(0);
    this.scales = this.scalesFor(0);
    this.capacity = 0;
  }

  private rowsOf(head: number, row: number, count: number) {
    const { headSize } = this.extents;
    const first = head * this.capacity + row;
    return {
      part: this.data.subarray(first * headSize, (first + count) * headSize),
      scales: this.scales?.subarray(first, first + count) ?? new Float32Array(0),
    };
  }

  private take(capacity: number): Uint16Array | Int8Array {
    const length = this.extents.heads * capacity * this.extents.headSize;
    const Kind = this.packing.dtype === 'fp16' ? Uint16Array : Int8Array;
    const memory = this.pool.take(
      Math.ceil((length * Kind.BYTES_PER_ELEMENT) / Float32Array.BYTES_PER_ELEMENT),
    );
    return new Kind(memory.buffer as ArrayBuffer, memory.byteOffset, length);
  }

  private scalesFor(capacity: number): Float32Array | undefined {
    // Too few for the pool, which would give a larger array away for them.
    return this.packing.dtype === 'int8'
      ? new Float32Array(this.extents.heads * capacity)
      : undefined;
  }
}
