/** Bytes of a refused request that are read and thrown away, so that its sender comes to read the answer. */
const MOST_BYTES = 64 * 2 ** 20;

/**
 * Reads what a refused request still sends. A connection that is closed while its client writes is reset, and the client
 * sees that instead of the answer.
 *
 * @returns false where not everything was read, so that the connection cannot be used again
 */
export async function discardBody({ body, bodyUsed }: Request): Promise<boolean> {
  if (!body || (bodyUsed && !body.locked)) return true;
  if (body.locked) return false;
  const reader = body.getReader();
  try {
    for (let bytes = 0; bytes < MOST_BYTES; ) {
      const { done, value } = await reader.read();
      if (done) return true;
      bytes += value.length;
    }
  } catch {
    // The client went away; there is nobody to answer.
  }
  return false;
}
