/**
 * Lets timers, signals and sockets have their turn. onnxruntime-node's own binding runs on the calling thread behind an
 * already settled promise, so that without this an answer would hold the event loop from start to end.
 */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
