/** Indices of equal keys, in order of first appearance; what has no key belongs to no group. */
export function rowsByKey(keys: readonly (string | undefined)[]): number[][] {
  const groups = new Map<string, number[]>();
  keys.forEach((key, row) => {
    if (key === undefined) return;
    const group = groups.get(key) ?? [];
    group.push(row);
    groups.set(key, group);
  });
  return [...groups.values()];
}
