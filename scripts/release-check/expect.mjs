/**
 * Fails a check that does not hold.
 *
 * @throws with the message
 */
export function expect(condition, message) {
  if (!condition) throw new Error(message);
}
