import { AutopruneError, type RowMap } from '@autoprune/core';
import type { AppendStep, OnnxRuntimeAddon, TokenKernels } from '@autoprune/kernels';
import { concatenated } from '../arrays.js';
import { Breather, COPIED_AT_ONCE } from '../runtime/breathe.js';
import type { BufferPool } from './buffer-pool.js';

/** Room that a cache gets beside what it must hold, so that decoding copies it once in so many tokens at most. */
const SPARE_ROWS = 64;

/**
 * Keys and values of one layer of one sequence, [kvHeads, capacity, head], the first `length` rows in use. Large copies
 * give timers their turn in between.
 */
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
    private readonly pool: BufferPool,
    private readonly addon?: OnnxRuntimeAddon,
  ) {}

  /** Makes room for `count` more rows, and some to spare. Keys and values may move. */
  async reserve(count: number): Promise<void> {
    const rows = this.length + count;
    if (rows <= this.capacity) return;
    const capacity = rows + SPARE_ROWS;
    const key = await this.enlarged(this.key, capacity, rows);
    const value = await this.enlarged(this.value, capacity, rows);
    this.replace(key, value, capacity);
  }

  /** Appends `count` rows, key and value [heads, count, head], for which there is room. */
  async append(key: Float32Array, value: Float32Array, count: number): Promise<void> {
    const size = count * this.headSize;
    if (this.addon && 2 * this.heads * size >= COPIED_AT_ONCE) {
      // Away from the event loop, which new pages would hold for longest.
      const steps = this.appendSteps(key, value, Int32Array.of(this.length));
      await this.addon.runPlan(this.addon.createPlan(steps));
      this.length += count;
      return;
    }
    await this.headByHead(2 * size, (head) => {
      const to = (head * this.capacity + this.length) * this.headSize;
      this.key.set(key.subarray(head * size, (head + 1) * size), to);
      this.value.set(value.subarray(head * size, (head + 1) * size), to);
    });
    this.length += count;
  }

  /**
   * What puts key and value [heads, count, head] at the row that the one element of `row` names, in the addon. The cache must
   * not move before it has run; whoever runs it counts the rows.
   */
  appendSteps(key: Float32Array, value: Float32Array, row: Int32Array): readonly AppendStep[] {
    return [
      [key, this.key, this.heads, this.capacity, row],
      [value, this.value, this.heads, this.capacity, row],
    ];
  }

  /** Gives the memory back; the cache is empty then. */
  release(): void {
    this.replace(new Float32Array(0), new Float32Array(0), 0);
    this.length = 0;
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
    this.replace(mapped(this.key), mapped(this.value), count);
    this.removed += this.length - count;
    this.length = count;
  }

  private replace(key: Float32Array, value: Float32Array, capacity: number): void {
    this.pool.give(this.key);
    this.pool.give(this.value);
    this.key = key;
    this.value = value;
    this.capacity = capacity;
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

  /**
   * A copy of keys or values with room for `capacity` rows. Those from `rows` on are zeros: a masked row still takes part
   * in products, where what an earlier sequence left there could be no number.
   */
  private async enlarged(old: Float32Array, capacity: number, rows: number): Promise<Float32Array> {
    const { headSize } = this;
    const grown = this.pool.take(this.heads * capacity * headSize);
    await this.headByHead(this.length * headSize, (head) => {
      const from = head * this.capacity * headSize;
      const to = head * capacity * headSize;
      grown.set(old.subarray(from, from + this.length * headSize), to);
      grown.fill(0, to + rows * headSize, to + capacity * headSize);
    });
    return grown;
  }

  /** Does what copies `size` elements of each head, in several turns of the event loop where they are many. */
  private async headByHead(size: number, copy: (head: number) => void): Promise<void> {
    const breather = new Breather();
    for (let head = 0; head < this.heads; head++) {
      copy(head);
      await breather.after(size);
    }
  }
}
