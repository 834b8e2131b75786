/** Bytes that a model keeps while no sequence uses them: the caches of a 7B model's prompt of some 800 rows. */
const KEPT_BYTES = 1 << 30;

const bytesOf = (buffers: readonly Float32Array[]): number =>
  buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);

/**
 * Float32 memory that closed sequences leave to those that come after them. Large arrays that are made anew for every
 * prompt have their pages faulted in on the event loop and the garbage collector run for them, which stops it for longer
 * than all copies (docs/decisions/0048).
 *
 * Memory never exceeds what was in use at one time: an array that must be made takes the place of free ones.
 */
export class BufferPool {
  /** Whole arrays that nobody uses, the shortest first. */
  private free: Float32Array[] = [];

  /** @param keptBytes  most bytes that are kept unused */
  constructor(private readonly keptBytes = KEPT_BYTES) {}

  /** An array of `length` elements, in memory that is the caller's alone. What it holds is not defined. */
  take(length: number): Float32Array {
    if (length === 0) return new Float32Array(0);
    const fits = this.free.findIndex((buffer) => buffer.length >= length);
    if (fits >= 0) return this.free.splice(fits, 1)[0]!.subarray(0, length);
    const bytes = length * Float32Array.BYTES_PER_ELEMENT;
    let replaced = 0;
    // All of them are too short.
    while (replaced < bytes && this.free.length > 0) replaced += this.free.pop()!.byteLength;
    return new Float32Array(length);
  }

  /** Takes back memory of {@link BufferPool.take} that nobody reads or writes any more. */
  give(array: Float32Array | Uint16Array | Int8Array): void {
    if (array.buffer.byteLength === 0) return;
    const buffer = new Float32Array(array.buffer);
    const after = this.free.findIndex(({ length }) => length >= buffer.length);
    this.free.splice(after < 0 ? this.free.length : after, 0, buffer);
    while (bytesOf(this.free) > this.keptBytes) this.free.shift();
  }

  /** Forgets the memory that nobody uses. */
  clear(): void {
    this.free = [];
  }
}
