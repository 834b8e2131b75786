/**
 * Whether `name` matches `pattern`, where `*` stands for any characters (also `/`, as in the hub's own tools) and `?`
 * for one. Takes time proportional to the product of the lengths at most: names come from a server, and a regular
 * expression with many stars could be made to take for ever.
 */
export function matchesGlob(name: string, pattern: string): boolean {
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let resume = 0;
  while (at < name.length) {
    const wanted = pattern[inPattern];
    if (wanted === '*') {
      star = inPattern++;
      resume = at;
    } else if (wanted !== undefined && (wanted === '?' || wanted === name[at])) {
      inPattern++;
      at++;
    } else if (star >= 0) {
      // The last star takes one character more.
      inPattern = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === '*') inPattern++;
  return inPattern === pattern.length;
}
