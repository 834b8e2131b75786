const codePoints = (text: string): Uint32Array =>
  Uint32Array.from(text, (one) => one.codePointAt(0)!);

/** Edit distance of two texts over code points, as Python's tools count it. */
export function levenshtein(first: string, second: string): number {
  if (first === second) return 0;
  const across = codePoints(first);
  const down = codePoints(second);
  let previous = Uint32Array.from({ length: across.length + 1 }, (_, column) => column);
  let current = new Uint32Array(across.length + 1);
  for (let row = 0; row < down.length; row++) {
    current[0] = row + 1;
    for (let column = 0; column < across.length; column++) {
      const replaced = previous[column]! + (across[column] === down[row] ? 0 : 1);
      current[column + 1] = Math.min(replaced, previous[column + 1]! + 1, current[column]! + 1);
    }
    [previous, current] = [current, previous];
  }
  return previous[across.length]!;
}
