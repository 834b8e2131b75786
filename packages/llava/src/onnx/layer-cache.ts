import { AutopruneError, type RowMap } from '@autoprune/core';
import type { TokenKernels } from '@autoprune/kernels';
import { concatenated } from '../arrays.js';
import { breathe } from '../runtime/breathe.js';

/** Room that a cache gets beside what it must hold, so that decoding copies it once in so many tokens at most. */
const SPARE_ROWS = 64;

/** Keys and values of one layer of one sequence, [kvHeads, capacity, head], the first `length` rows in use. */
export class LayerCache {
  key: Float32Array = new Float32Array(0);
  value: Float32Array = new Float32Array(0);
  capacity = 0;
  length = 0;
  /** Rows that {@link LayerCache.map} took out. */
  removed = 0;

  constructor(
    private readonly heads: number,
    private readonly headSize: number,
  ) {}

  /** Makes room for `count` more rows, and some to spare. Keys and values may move; timers have their turn between the two. */
  async reserve(count: number): Promise<void> {
    const rows = this.length + count;
    if (rows <= this.capacity) return;
    const capacity = rows + SPARE_ROWS;
    await breathe();
    const key = this.enlarged(this.key, capacity);
    await breathe();
    this.value = this.enlarged(this.value, capacity);
    this.key = key;
    this.capacity = capacity;
    await breathe();
  }

  /** Appends `count` rows, key and value [heads, count, head], for which there is room. */
  append(key: Float32Array, value: Float32Array, count: number): void {
    for (let head = 0; head < this.heads; head++) {
      const from = head * count * this.headSize;
      const to = (head * this.capacity + this.length) * this.headSize;
      this.key.set(key.subarray(from, from + count * this.headSize), to);
      this.value.set(value.subarray(from, from + count * this.headSize), to);
    }
    this.length += count;
  }

  /** Keys at `rows`, [heads, rows, head]. */
  readKeys(rows: Int32Array): Float32Array {
    return this.gather(this.key, rows);
  }

  /** Values at `rows`, [heads, rows, head]. */
  readValues(rows: Int32Array): Float32Array {
    return this.gather(this.value, rows);
  }

  /** Applies one map a head; all of them put out equally many rows. */
  map(maps: readonly RowMap[], kernels: Pick<TokenKernels, 'mapRows'>): void {
    const count = maps[0]!.outputRows;
    const wrong = maps.find(
      ({ inputRows, outputRows }) => inputRows !== this.length || outputRows !== count,
    );
    if (wrong || maps.length !== this.heads) {
      throw new AutopruneError(
        'DECISION_INVALID',
        `Expected ${this.heads} maps of ${this.length} cached rows to ${count} but received ${maps.length}${wrong ? `, one of ${wrong.inputRows} to ${wrong.outputRows}` : ''}`,
        { heads: this.heads, length: this.length },
      );
    }
    const mapped = (old: Float32Array): Float32Array =>
      concatenated(
        maps.map((map, head) => {
          const from = head * this.capacity * this.headSize;
          const rows = old.subarray(from, from + this.length * this.headSize);
          return kernels.mapRows(rows, this.headSize, map);
        }),
      );
    this.key = mapped(this.key);
    this.value = mapped(this.value);
    this.removed += this.length - count;
    this.length = count;
    this.capacity = count;
  }

  private gather(source: Float32Array, rows: Int32Array): Float32Array {
    const { heads, headSize, capacity } = this;
    const out = new Float32Array(heads * rows.length * headSize);
    for (let head = 0; head < heads; head++) {
      rows.forEach((row, index) => {
        const from = (head * capacity + row) * headSize;
        out.set(source.subarray(from, from + headSize), (head * rows.length + index) * headSize);
      });
    }
    return out;
  }

  /** A copy of keys or values with room for `capacity` rows. */
  private enlarged(old: Float32Array, capacity: number): Float32Array {
    const grown = new Float32Array(this.heads * capacity * this.headSize);
    for (let head = 0; head < this.heads; head++) {
      const from = head * this.capacity * this.headSize;
      const used = old.subarray(from, from + this.length * this.headSize);
      grown.set(used, head * capacity * this.headSize);
    }
    return grown;
  }
}
