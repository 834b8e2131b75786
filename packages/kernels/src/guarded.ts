import { AutopruneError } from '@autoprune/core';

/** Re-throws the addon's refusal of an argument as an error of this project. */
function withArgumentErrors<T>(compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ARGUMENT_INVALID') {
      if (AutopruneError.isInstance(error)) throw error;
      throw new AutopruneError('ARGUMENT_INVALID', error.message, {}, { cause: error });
    }
    throw error;
  }
}

/** The functions, whose refusals of an argument are errors of this project. */
export function guarded<Functions extends object>(functions: Functions): Functions {
  return Object.fromEntries(
    Object.entries(functions).map(([name, compute]) => [
      name,
      (...given: unknown[]) =>
        withArgumentErrors(() => (compute as (...given: unknown[]) => unknown)(...given)),
    ]),
  ) as Functions;
}
