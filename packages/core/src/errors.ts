const marker = Symbol.for('@autoprune/error');

/** Stable codes of every error that the packages throw on purpose. */
export type AutopruneErrorCode =
  | 'ARGUMENT_INVALID'
  | 'BUDGET_INVALID'
  | 'BUDGET_UNREACHABLE'
  | 'METHOD_UNKNOWN'
  | 'METHOD_CONFLICT'
  | 'PARAMETER_INVALID'
  | 'SIGNAL_MISSING'
  | (string & {});

/**
 * Base class of all deliberate errors. `isInstance` works across copies of the package, which
 * `instanceof` does not.
 */
export class AutopruneError extends Error {
  readonly [marker] = true;

  /**
   * @param code  stable identifier, for programs
   * @param message  one line for people: what is wrong, the number, the limit, the next step
   * @param details  the numbers of the message, for programs
   */
  constructor(
    readonly code: AutopruneErrorCode,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'AutopruneError';
  }

  /** True for an error of this kind from any copy of the package; `code` narrows further. */
  static isInstance(value: unknown, code?: AutopruneErrorCode): value is AutopruneError {
    return (
      typeof value === 'object' &&
      value !== null &&
      (value as Record<symbol, unknown>)[marker] === true &&
      (code === undefined || (value as AutopruneError).code === code)
    );
  }
}

/** Throws `ARGUMENT_INVALID` unless `value` is a finite number in [min, max] (and whole, if asked). */
export function requireNumber(
  name: string,
  value: unknown,
  range: { min?: number; max?: number; integer?: boolean } = {},
): asserts value is number {
  const { min = -Infinity, max = Infinity, integer = false } = range;
  if (
    typeof value !== 'number' ||
    !Number.isFinite(value) ||
    value < min ||
    value > max ||
    (integer && !Number.isInteger(value))
  ) {
    const kind = integer ? 'a whole number' : 'a finite number';
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `Expected ${kind} in [${min}, ${max}] for ${name} but received ${String(value)} of type ${typeof value}`,
      { name, value, min, max },
    );
  }
}
