import type { BufferPool } from './buffer-pool.js';
import type { FloatTensor } from './session.js';

/**
 * Memory of a sequence for what one layer leaves to the next step: the same for every layer, so that a prompt makes no
 * garbage that the event loop would have to wait for.
 */
export class Scratch {
  private readonly buffers = new Map<string, Float32Array>();
  /** Memory that was outgrown; rows that a sequence still has may lie in it. */
  private readonly outgrown: Float32Array[] = [];

  constructor(private readonly pool: BufferPool) {}

  /** Memory under a name, `shape` large; what lay there before under that name is lost. */
  take(name: string, shape: readonly number[]): FloatTensor {
    const length = shape.reduce((product, extent) => product * extent, 1);
    let buffer = this.buffers.get(name);
    if (!buffer || buffer.length < length) {
      if (buffer) this.outgrown.push(buffer);
      buffer = this.pool.take(length);
      this.buffers.set(name, buffer);
    }
    return { data: buffer.subarray(0, length), shape };
  }

  /** Memory that `other` does not lie in: of two under one name, the other one. */
  takeBeside(other: Float32Array, name: string, shape: readonly number[]): FloatTensor {
    const first = this.take(name, shape);
    return first.data.buffer === other.buffer ? this.take(`${name} too`, shape) : first;
  }

  /** Gives all memory back. */
  release(): void {
    for (const buffer of [...this.buffers.values(), ...this.outgrown]) this.pool.give(buffer);
    this.buffers.clear();
    this.outgrown.length = 0;
  }
}
