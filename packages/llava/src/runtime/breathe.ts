/**
 * Lets timers, signals and sockets have their turn. onnxruntime-node's own binding runs on the calling thread behind an
 * already settled promise, so that without this an answer would hold the event loop from start to end.
 */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Elements that are copied in one turn of the event loop: 4 MB, about a millisecond, or some where pages are new. */
export const COPIED_AT_ONCE = 1 << 20;

/** Gives the event loop its turns during a large copy. */
export class Breather {
  private copied = 0;

  /** To be called after every piece, with its elements. */
  async after(elements: number): Promise<void> {
    this.copied += elements;
    if (this.copied < COPIED_AT_ONCE) return;
    this.copied = 0;
    await breathe();
  }
}
