/** A string of valid JSON, and whether it is a key. */
const STRING = /"((?:[^"\\]|\\.)*)"\s*(:?)/g;

/**
 * A key that an object of a JSON text has twice, or undefined. `JSON.parse` silently keeps the last one.
 *
 * @param text  valid JSON
 */
export function repeatedKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  let place = 0;
  const walk = (end: number): void => {
    for (; place < end; place++) {
      if (text[place] === '{') open.push(new Set());
      else if (text[place] === '}') open.pop();
    }
  };
  for (const match of text.matchAll(STRING)) {
    walk(match.index);
    place = match.index + match[0].length;
    if (match[2] === '') continue;
    const key = JSON.parse(`"${match[1]}"`) as string;
    const seen = open.at(-1)!;
    if (seen.has(key)) return key;
    seen.add(key);
  }
  return undefined;
}
