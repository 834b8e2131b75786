/** A part of a text: one of the tokens looked for, or what lies between them. */
export interface TextPart {
  readonly text: string;
  readonly token: boolean;
}

/**
 * Makes a function that finds tokens in a text: the leftmost first, and where several begin at one place the longest.
 * Parts are never empty.
 */
export function tokenSplitter(tokens: Iterable<string>): (text: string) => TextPart[] {
  const wanted = new Set(tokens);
  wanted.delete('');
  // Lengths of the tokens by their first code unit, longest first. No regular expression: a vocabulary may
  // hold more tokens than one takes.
  const lengths = new Map<string, number[]>();
  for (const token of [...wanted].sort((a, b) => b.length - a.length)) {
    const list = lengths.get(token[0]!) ?? [];
    if (list.at(-1) !== token.length) list.push(token.length);
    lengths.set(token[0]!, list);
  }

  function tokenAt(text: string, place: number): string | undefined {
    for (const length of lengths.get(text[place]!) ?? []) {
      const candidate = text.slice(place, place + length);
      if (wanted.has(candidate)) return candidate;
    }
    return undefined;
  }

  return (text) => {
    const parts: TextPart[] = [];
    let from = 0;
    for (let place = 0; place < text.length; ) {
      const token = tokenAt(text, place);
      if (token === undefined) {
        place++;
        continue;
      }
      if (place > from) parts.push({ text: text.slice(from, place), token: false });
      parts.push({ text: token, token: true });
      place += token.length;
      from = place;
    }
    if (from < text.length) parts.push({ text: text.slice(from), token: false });
    return parts;
  };
}
