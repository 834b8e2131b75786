/**
 * Decodes an answer while it is generated.
 *
 * What was emitted is never taken back: at every moment it is the beginning of the final text, and a
 * multi-byte character comes whole or not at all. Text is held back only while later ids could still change it,
 * that is, in an unfinished character, and for byte-fallback vocabularies in a run of byte tokens, because
 * one bad byte turns the whole run into U+FFFD. (transformers' TextIteratorStreamer waits for the next space
 * instead, and decodes the answer so far again and again; in one known text it loses a space by that.)
 *
 * The cost of an id does not depend on how many came before.
 */
export interface StreamDecoder {
  /** Takes the next id; returns the text that became certain, often ''. */
  push(id: number): string;
  /** Returns the rest of the text. The decoder is used up after that. */
  end(): string;
}

/** All ids through a fresh decoder: the one way in which this package decodes. */
export function decodeAll(decoder: StreamDecoder, ids: readonly number[]): string {
  let text = '';
  for (const id of ids) text += decoder.push(id);
  return text + decoder.end();
}
