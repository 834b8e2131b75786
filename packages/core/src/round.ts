/** Rounds to the nearest whole number, halves to even, as Python's `round` does. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** max(1, int(tokens · share)), the count of every published ratio that is not rounded otherwise. */
export function shareCount(tokens: number, share: number): number {
  return Math.max(1, Math.trunc(tokens * share));
}
