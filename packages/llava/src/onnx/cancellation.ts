import type { NativeHandle, OnnxRuntimeAddon } from '@autoprune/kernels';
import { sessionFailure } from './session.js';

const cancellations = new WeakMap<AbortSignal, NativeHandle>();

/** The addon's side of a signal; all runs of an answer share it. */
function cancellationOf(addon: OnnxRuntimeAddon, signal: AbortSignal): NativeHandle {
  let cancellation = cancellations.get(signal);
  if (!cancellation) {
    cancellation = addon.createCancellation();
    cancellations.set(signal, cancellation);
  }
  return cancellation;
}

/**
 * Runs native work that any of some signals stops.
 *
 * @param what  for the error, e.g. `the head`
 * @throws the reason of a signal that is aborted, once the work has ended; BACKEND_FAILED or OUT_OF_MEMORY
 */
export async function untilAborted<T>(
  addon: OnnxRuntimeAddon,
  signals: readonly AbortSignal[],
  what: string,
  work: (cancellation?: NativeHandle) => Promise<T>,
): Promise<T> {
  const throwIfAborted = (): void => {
    for (const signal of signals) signal.throwIfAborted();
  };
  throwIfAborted();
  const [signal, ...others] = signals;
  // Of several answers, one that ends must not end the later runs of the others.
  const cancellation =
    others.length > 0 ? addon.createCancellation() : signal && cancellationOf(addon, signal);
  const cancel = (): void => addon.cancel(cancellation!);
  for (const one of signals) one.addEventListener('abort', cancel, { once: true });
  try {
    return await work(cancellation);
  } catch (cause) {
    throwIfAborted();
    throw sessionFailure(`failed in ${what}`, cause);
  } finally {
    // A combined signal lives for as long as someone listens to it.
    for (const one of signals) one.removeEventListener('abort', cancel);
  }
}
