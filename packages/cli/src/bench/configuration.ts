import { AutopruneError, type Budget, findMethod } from '@autoprune/core';
import { registerAllMethods } from '@autoprune/core/methods';

/** One way of answering that is measured: a method at a budget. */
export interface Configuration {
  /** `none`, or method and budget. */
  readonly label: string;
  readonly method: string;
  readonly budget?: Budget;
}

const UNPRUNED: Configuration = { label: 'unpruned', method: 'none' };

/** Tokens that published tables are about: of 576, or of a picture in tiles. */
export function defaultTargets(visualTokens: number, tiles: boolean): number[] {
  return tiles ? [640, 320, 160] : [1 / 3, 2 / 9, 1 / 9].map((share) => share * visualTokens);
}

/**
 * Every method at every budget, after the unpruned run that all are compared with.
 *
 * @param targets  mean tokens leaving a layer
 * @throws METHOD_UNKNOWN, or ARGUMENT_INVALID for a target that is not positive
 */
export function configurations(
  methods: readonly string[],
  targets: readonly number[],
): Configuration[] {
  registerAllMethods();
  const wrong = targets.find((target) => !(target > 0));
  if (wrong !== undefined) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `--target-tokens ${wrong}: a budget is a number of tokens above 0`,
      { target: wrong },
    );
  }
  const pruned = methods.flatMap((method) => {
    findMethod(method);
    return targets.map((value) => ({
      label: `${method} ${Math.round(value)}`,
      method,
      budget: { kind: 'meanLeaving', value } as Budget,
    }));
  });
  return [UNPRUNED, ...pruned];
}
