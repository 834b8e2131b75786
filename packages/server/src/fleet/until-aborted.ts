/** The value, or the reason of a signal that is aborted before it is there. */
export async function untilAborted<T>(
  value: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (!signal) return value;
  signal.throwIfAborted();
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([value, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
