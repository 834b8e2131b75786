import { AutopruneError, type RowMap } from '@autoprune/core';
import type { AppendStep, CacheArray, OnnxRuntimeAddon, TokenKernels } from '@autoprune/kernels';
import { concatenated } from '../arrays.js';
import { Breather, COPIED_AT_ONCE } from '../runtime/breathe.js';
import type { BufferPool } from './buffer-pool.js';
import { type CacheExtents, PackedRows, type Packing } from './packed-rows.js';

/** Room that a cache gets beside what it must hold, so that decoding copies it once in so many tokens at most. */
const SPARE_ROWS = 64;

/** What caches of a model have in common. */
export interface CacheMemory {
  readonly pool: BufferPool;
  /** What copies large rows away from the event loop. */
  readonly addon?: OnnxRuntimeAddon | undefined;
  /** In how few bits rows rest; float32 where it is missing. */
  readonly packing?: Packing | undefined;
}

/** Where the addon's decoder finds a layer's rows. */
export interface CacheArrays {
  /** [heads, capacity, head] */
  readonly key: CacheArray;
  /** [heads, capacity, head] */
  readonly value: CacheArray;
  readonly capacity: number;
  /** float32 [heads, capacity] of keys and of values, with 8-bit integers. */
  readonly scales?: readonly [key: Float32Array, value: Float32Array];
}

/** Keys and values in fewer bits, the first `rows` of them as they should be. */
interface PackedCache {
  readonly key: PackedRows;
  readonly value: PackedRows;
  rows: number;
}

/**
 * Keys and values of one layer of one sequence, the first `length` rows in use. While the layer runs in onnxruntime they are
 * float32 [heads, capacity, head]; {@link LayerCache.settle} packs them into fewer bits where the model asks for that. Large
 * copies give timers their turn in between.
 */
export class LayerCache {
  /** float32; empty while the rows are packed. */
  key: Float32Array = new Float32Array(0);
  /** float32; empty while the rows are packed. */
  value: Float32Array = new Float32Array(0);
  capacity = 0;
  /** Rows that {@link LayerCache.map} took out. */
  removed = 0;
  private count = 0;
  private readonly packed: PackedCache | undefined;

  constructor(
    private readonly extents: CacheExtents,
    private readonly memory: CacheMemory,
  ) {
    const { packing, pool } = memory;
    if (!packing) return;
    const empty = () => new PackedRows(extents, packing, pool);
    this.packed = { key: empty(), value: empty(), rows: 0 };
  }

  /** Rows in use. */
  get length(): number {
    return this.count;
  }

  /** Forgets the rows from `length` on. */
  truncate(length: number): void {
    this.count = length;
    if (this.packed) this.packed.rows = Math.min(this.packed.rows, length);
  }

  /** Makes room for `count` more rows in float32, and some to spare. Keys and values may move. */
  async reserve(count: number): Promise<void> {
    const rows = this.count + count;
    if (rows <= this.capacity) return;
    // Packed rows are float32 for as long as a layer runs.
    const capacity = this.packed ? rows : rows + SPARE_ROWS;
    const key = await this.enlarged('key', capacity, rows);
    const value = await this.enlarged('value', capacity, rows);
    this.replace(key, value, capacity);
  }

  /** Appends `count` rows, key and value [heads, count, head], for which there is room. */
  async append(key: Float32Array, value: Float32Array, count: number): Promise<void> {
    const { heads, headSize } = this.extents;
    const { addon } = this.memory;
    const size = count * headSize;
    if (addon && 2 * heads * size >= COPIED_AT_ONCE) {
      // Away from the event loop, which new pages would hold for longest.
      const steps = this.appendSteps(key, value, Int32Array.of(this.count));
      await addon.runPlan(addon.createPlan(steps));
      this.count += count;
      return;
    }
    await this.headByHead(2 * size, (head) => {
      const to = (head * this.capacity + this.count) * headSize;
      this.key.set(key.subarray(head * size, (head + 1) * size), to);
      this.value.set(value.subarray(head * size, (head + 1) * size), to);
    });
    this.count += count;
  }

  /**
   * What puts key and value [heads, count, head] at the row that the one element of `row` names, in the addon, in float32.
   * The cache must not move before it has run; whoever runs it counts the rows.
   */
  appendSteps(key: Float32Array, value: Float32Array, row: Int32Array): readonly AppendStep[] {
    return [
      [key, this.key, this.extents.heads, this.capacity, row],
      [value, this.value, this.extents.heads, this.capacity, row],
    ];
  }

  /** Packs the rows that are not packed yet, and gives the float32 ones back. */
  async settle(): Promise<void> {
    const { packed } = this;
    if (!packed || this.capacity === 0) return;
    await this.growPacked(packed, this.count);
    const { headSize } = this.extents;
    await this.headByHead(2 * (this.count - packed.rows) * headSize, (head) => {
      const from = (head * this.capacity + packed.rows) * headSize;
      const to = (head * this.capacity + this.count) * headSize;
      packed.key.write(head, packed.rows, this.key.subarray(from, to));
      packed.value.write(head, packed.rows, this.value.subarray(from, to));
    });
    packed.rows = this.count;
    this.replace(new Float32Array(0), new Float32Array(0), 0);
  }

  /**
   * The arrays as they rest, with room for one more row, which the addon's decoder is to put there.
   * {@link LayerCache.countRow} counts it afterwards.
   */
  async restingPlace(): Promise<CacheArrays> {
    const { packed } = this;
    if (!packed) {
      await this.reserve(1);
      return this;
    }
    await this.settle();
    await this.growPacked(packed, this.count + 1);
    const { key, value } = packed;
    return {
      ...{ key: key.data, value: value.data, capacity: key.capacity },
      ...(key.scales && value.scales && { scales: [key.scales, value.scales] as const }),
    };
  }

  /** Counts the row that came to the {@link LayerCache.restingPlace}. */
  countRow(): void {
    this.count++;
    if (this.packed) this.packed.rows++;
  }

  /** Gives the memory back; the cache is empty then. */
  release(): void {
    this.replace(new Float32Array(0), new Float32Array(0), 0);
    this.packed?.key.release();
    this.packed?.value.release();
    this.truncate(0);
  }

  /** Keys at `rows`, [heads, rows, head]. */
  readKeys(rows: Int32Array): Float32Array {
    return this.gather('key', rows);
  }

  /** Values at `rows`, [heads, rows, head]. */
  readValues(rows: Int32Array): Float32Array {
    return this.gather('value', rows);
  }

  /** Applies one map a head; all of them put out equally many rows. */
  map(maps: readonly RowMap[], kernels: Pick<TokenKernels, 'mapRows'>): void {
    const { heads, headSize } = this.extents;
    const outputs = maps[0]!.outputRows;
    const wrong = maps.find(
      ({ inputRows, outputRows }) => inputRows !== this.count || outputRows !== outputs,
    );
    if (wrong || maps.length !== heads) {
      throw new AutopruneError(
        'DECISION_INVALID',
        `Expected ${heads} maps of ${this.count} cached rows to ${outputs} but received ${maps.length}${wrong ? `, one of ${wrong.inputRows} to ${wrong.outputRows}` : ''}`,
        { heads, length: this.count },
      );
    }
    const mapped = (part: 'key' | 'value'): Float32Array[] =>
      maps.map((map, head) => kernels.mapRows(this.headRows(part, head), headSize, map));
    const [key, value] = [mapped('key'), mapped('value')];
    this.removed += this.count - outputs;
    this.count = outputs;
    if (this.resting) this.repack(this.resting, key, value);
    else {
      this.replace(concatenated(key), concatenated(value), outputs);
      // None of the packed ones is what it was.
      if (this.packed) this.packed.rows = 0;
    }
  }

  /** The packed rows, where there are no float32 ones beside them. */
  private get resting(): PackedCache | undefined {
    return this.capacity === 0 ? this.packed : undefined;
  }

  /** Packs the rows of all heads, in place of what was there. */
  private repack(
    packed: PackedCache,
    key: readonly Float32Array[],
    value: readonly Float32Array[],
  ): void {
    for (let head = 0; head < this.extents.heads; head++) {
      packed.key.write(head, 0, key[head]!);
      packed.value.write(head, 0, value[head]!);
    }
    packed.rows = this.count;
  }

  private async growPacked({ key, value, rows }: PackedCache, needed: number): Promise<void> {
    if (needed <= key.capacity) return;
    await key.grow(needed + SPARE_ROWS, rows);
    await value.grow(needed + SPARE_ROWS, rows);
  }

  /** The rows of a head in float32, [length, head]; not to be written to. */
  private headRows(part: 'key' | 'value', head: number): Float32Array {
    const { headSize } = this.extents;
    if (this.resting) {
      const rows = new Float32Array(this.count * headSize);
      this.resting[part].read(head, rows);
      return rows;
    }
    const from = head * this.capacity * headSize;
    return this[part].subarray(from, from + this.count * headSize);
  }

  private replace(key: Float32Array, value: Float32Array, capacity: number): void {
    this.memory.pool.give(this.key);
    this.memory.pool.give(this.value);
    this.key = key;
    this.value = value;
    this.capacity = capacity;
  }

  private gather(part: 'key' | 'value', rows: Int32Array): Float32Array {
    const { heads, headSize } = this.extents;
    const out = new Float32Array(heads * rows.length * headSize);
    for (let head = 0; head < heads; head++) {
      const source = this.headRows(part, head);
      rows.forEach((row, index) => {
        const one = source.subarray(row * headSize, (row + 1) * headSize);
        out.set(one, (head * rows.length + index) * headSize);
      });
    }
    return out;
  }

  /**
   * A float32 copy of keys or values with room for `capacity` rows. Those from `rows` on are zeros: a masked row still takes
   * part in products, where what an earlier sequence left there could be no number.
   */
  private async enlarged(
    part: 'key' | 'value',
    capacity: number,
    rows: number,
  ): Promise<Float32Array> {
    const { heads, headSize } = this.extents;
    const grown = this.memory.pool.take(heads * capacity * headSize);
    await this.headByHead(this.count * headSize, (head) => {
      const to = head * capacity * headSize;
      const target = grown.subarray(to, to + this.count * headSize);
      if (this.resting) this.resting[part].read(head, target);
      else target.set(this.headRows(part, head));
      grown.fill(0, to + rows * headSize, to + capacity * headSize);
    });
    return grown;
  }

  /** Does what copies `size` elements of each head, in several turns of the event loop where they are many. */
  private async headByHead(size: number, copy: (head: number) => void): Promise<void> {
    const breather = new Breather();
    for (let head = 0; head < this.extents.heads; head++) {
      copy(head);
      await breather.after(size);
    }
  }
}
