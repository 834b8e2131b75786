import { InvalidArgumentError } from 'commander';

/** Reads a finite number, for commander. */
export function numberArgument(value: string): number {
  const parsed = value.trim() === '' ? Number.NaN : Number(value);
  if (!Number.isFinite(parsed)) throw new InvalidArgumentError(`${value} is not a number.`);
  return parsed;
}

/** Reads a whole number of at least `min`, for commander. */
export function wholeArgument(min: number): (value: string) => number {
  return (value) => {
    const parsed = numberArgument(value);
    if (!Number.isInteger(parsed) || parsed < min) {
      throw new InvalidArgumentError(`${value} is not a whole number of at least ${min}.`);
    }
    return parsed;
  };
}

/** Collects the values of an option that may be given several times, for commander. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** Splits a list at its commas, for commander. */
export function listArgument(value: string): readonly string[] {
  const items = value.split(',').map((item) => item.trim());
  if (items.includes('')) throw new InvalidArgumentError(`${value} has an empty item.`);
  return items;
}
