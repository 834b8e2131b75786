/** Rows that a cache grows by; decoding copies the cache once for so many tokens. */
const GROWTH = 64;

/** Keys and values of one layer of one sequence, [kvHeads, capacity, head], the first `length` rows in use. */
export class LayerCache {
  key: Float32Array = new Float32Array(0);
  value: Float32Array = new Float32Array(0);
  capacity = 0;
  length = 0;

  constructor(
    private readonly heads: number,
    private readonly headSize: number,
  ) {}

  /** Appends `count` rows, key and value [heads, count, head]. An empty cache takes the arrays over. */
  append(key: Float32Array, value: Float32Array, count: number): void {
    if (this.length === 0) {
      this.key = key;
      this.value = value;
      this.capacity = count;
      this.length = count;
      return;
    }
    if (this.length + count > this.capacity) this.grow(this.length + count);
    for (let head = 0; head < this.heads; head++) {
      const from = head * count * this.headSize;
      const to = (head * this.capacity + this.length) * this.headSize;
      this.key.set(key.subarray(from, from + count * this.headSize), to);
      this.value.set(value.subarray(from, from + count * this.headSize), to);
    }
    this.length += count;
  }

  private grow(rows: number): void {
    const capacity = Math.ceil(rows / GROWTH) * GROWTH;
    const enlarged = (old: Float32Array): Float32Array => {
      const grown = new Float32Array(this.heads * capacity * this.headSize);
      for (let head = 0; head < this.heads; head++) {
        const from = head * this.capacity * this.headSize;
        const used = old.subarray(from, from + this.length * this.headSize);
        grown.set(used, head * capacity * this.headSize);
      }
      return grown;
    };
    this.key = enlarged(this.key);
    this.value = enlarged(this.value);
    this.capacity = capacity;
  }
}
