import { formatFloat, pythonRound } from '../../scoring/python/number.js';

/** A fraction in lowest terms. */
export interface Exact {
  readonly numerator: bigint;
  /** At least 1. */
  readonly denominator: bigint;
  /** Whether Python would hold it as a float: true after any division. */
  readonly isFloat: boolean;
}

/** A number that is no fraction, or not known to be one. */
export interface Inexact {
  readonly approximation: number;
}

export type Real = Exact | Inexact;

const isExact = (value: Real): value is Exact => 'numerator' in value;
const absolute = (value: bigint): bigint => (value < 0n ? -value : value);

function greatestDivisor(first: bigint, second: bigint): bigint {
  let [larger, smaller] = [absolute(first), absolute(second)];
  while (smaller > 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}

/**
 * The fraction in lowest terms.
 *
 * @param denominator  not 0
 * @param isFloat  by default whether it is not whole
 */
export function exactOf(numerator: bigint, denominator: bigint, isFloat?: boolean): Exact {
  const divisor = greatestDivisor(numerator, denominator) * (denominator < 0n ? -1n : 1n);
  const reduced = { numerator: numerator / divisor, denominator: denominator / divisor };
  return { ...reduced, isFloat: isFloat ?? reduced.denominator !== 1n };
}

export const realOf = (approximation: number): Inexact => ({ approximation });

const PRECISION_BITS = 64n;

/** The nearest double, to within its last bit. */
function toNumber(value: Real): number {
  if (!isExact(value)) return value.approximation;
  const { numerator, denominator } = value;
  const small = Number(numerator);
  if (Number.isSafeInteger(small) && Number.isSafeInteger(Number(denominator))) {
    return small / Number(denominator);
  }
  // Shifted so that the quotient keeps 64 bits however long the two are.
  const lengths = BigInt(numerator.toString(2).length - denominator.toString(2).length);
  const shift = PRECISION_BITS - lengths;
  const quotient =
    shift >= 0n ? (numerator << shift) / denominator : numerator / (denominator << -shift);
  return Number(quotient) * 2 ** -Number(shift);
}

export const asInexact = (value: Real): Inexact => realOf(toNumber(value));

export function add(first: Real, second: Real): Real {
  if (!isExact(first) || !isExact(second)) return realOf(toNumber(first) + toNumber(second));
  return exactOf(
    first.numerator * second.denominator + second.numerator * first.denominator,
    first.denominator * second.denominator,
    first.isFloat || second.isFloat,
  );
}

export function multiply(first: Real, second: Real): Real {
  if (!isExact(first) || !isExact(second)) return realOf(toNumber(first) * toNumber(second));
  return exactOf(
    first.numerator * second.numerator,
    first.denominator * second.denominator,
    first.isFloat || second.isFloat,
  );
}

export const negate = (value: Real): Real => multiply(exactOf(-1n, 1n), value);

/** @returns undefined for zero */
export function reciprocal(value: Real): Real | undefined {
  if (!isExact(value))
    return value.approximation === 0 ? undefined : realOf(1 / value.approximation);
  if (value.numerator === 0n) return undefined;
  return exactOf(value.denominator, value.numerator, true);
}

/** Longest result, in bits, that is still computed exactly. */
const MOST_BITS = 1 << 17;

/** @returns undefined where there is no real value */
export function power(base: Real, exponent: Real): Real | undefined {
  if (isExact(base) && isExact(exponent) && exponent.denominator === 1n) {
    const times = absolute(exponent.numerator);
    const bits = Math.max(base.numerator.toString(2).length, base.denominator.toString(2).length);
    if (times * BigInt(bits) < MOST_BITS) {
      const raised = exactOf(base.numerator ** times, base.denominator ** times, base.isFloat);
      return exponent.numerator < 0n ? reciprocal(raised) : raised;
    }
  }
  const value = toNumber(base) ** toNumber(exponent);
  return Number.isFinite(value) ? realOf(value) : undefined;
}

/** Python's `round(value, 2)`. */
export const roundedToCents = (value: Real): number => pythonRound(toNumber(value), 2);

/** Python's `str(round(value, 2))`. */
export function formatCents(value: Real): string {
  if (isExact(value) && !value.isFloat) return String(value.numerator);
  return formatFloat(roundedToCents(value));
}
