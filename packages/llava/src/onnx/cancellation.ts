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
 * Runs native work that a signal stops.
 *
 * @param what  for the error, e.g. `the head`
 * @throws the signal's reason once the work has ended; BACKEND_FAILED or OUT_OF_MEMORY
 */
export async function untilAborted<T>(
  addon: OnnxRuntimeAddon,
  signal: AbortSignal | undefined,
  what: string,
  work: (cancellation?: NativeHandle) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const cancellation = signal && cancellationOf(addon, signal);
  const cancel = (): void => addon.cancel(cancellation!);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await work(cancellation);
  } catch (cause) {
    signal?.throwIfAborted();
    throw sessionFailure(`failed in ${what}`, cause);
  } finally {
    // A combined signal lives for as long as someone listens to it.
    signal?.removeEventListener('abort', cancel);
  }
}
