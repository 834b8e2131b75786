import { AutopruneError } from './errors.js';
import { geometryScale } from './geometry.js';
import type { Method, ParameterSpec, ParameterValues, PromptContext } from './method.js';

/** The name in `known` nearest to `name` (by edit distance), when it is near enough to be meant. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let best: { name: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (!best || distance < best.distance) best = { name: candidate, distance };
  }
  return best && best.distance <= Math.max(2, name.length / 3) ? best.name : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** `; did you mean X?` or nothing, for the end of a message. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearestName(name, known);
  return near ? `; did you mean ${near}?` : '';
}

function checkParameter(method: string, spec: ParameterSpec, value: unknown): void {
  if (value === null) return;
  const { name, type, min = -Infinity, max = Infinity } = spec;
  const expected = type === 'integer' ? 'number' : type;
  const numeric = expected === 'number';
  const outside =
    numeric &&
    (!Number.isFinite(value) ||
      (value as number) < min ||
      (value as number) > max ||
      (type === 'integer' && !Number.isInteger(value)));
  if (spec.values && !spec.values.includes(value as string)) {
    throw new AutopruneError(
      'PARAMETER_INVALID',
      `Expected one of ${spec.values.join(', ')} for parameter ${name} of method ${method} but received ${String(value)}`,
      { method, name, value, values: spec.values },
    );
  }
  if (typeof value !== expected || outside) {
    const range = numeric && (min > -Infinity || max < Infinity) ? ` in [${min}, ${max}]` : '';
    throw new AutopruneError(
      'PARAMETER_INVALID',
      `Expected ${type}${range} for parameter ${name} of method ${method} but received ${String(value)}`,
      { method, name, value, min, max },
    );
  }
}

/**
 * Values of all parameters of a method: defaults, overridden by what was given.
 *
 * @throws PARAMETER_INVALID for an unknown name (with the nearest one) or a value out of range
 */
function withDefaults(
  method: Pick<Method, 'name' | 'parameters'>,
  given: ParameterValues = {},
): ParameterValues {
  const names = method.parameters.map(({ name }) => name);
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) {
      throw new AutopruneError(
        'PARAMETER_INVALID',
        `Method ${method.name} has no parameter ${name}${suggestion(name, names)}`,
        { method: method.name, name },
      );
    }
  }
  const values: Record<string, number | boolean | string | null> = {};
  for (const spec of method.parameters) {
    const value = given[spec.name] ?? spec.default;
    checkParameter(method.name, spec, value);
    values[spec.name] = value;
  }
  return values;
}

/**
 * Values of all parameters of a method for one prompt: defaults, layers mapped to the decoder's depth, and what
 * follows from the budget.
 *
 * @throws PARAMETER_INVALID, also for a layer that the decoder does not have; BUDGET_UNREACHABLE
 */
export function resolveParameters(
  method: Method,
  given: ParameterValues,
  context: PromptContext,
): ParameterValues {
  const { geometry, reference } = context;
  const scale = geometryScale(geometry);
  const values: Record<string, ParameterValues[string]> = { ...withDefaults(method, given) };
  for (const spec of method.parameters) {
    const layer = values[spec.name];
    if (!spec.isLayer || typeof layer !== 'number') continue;
    const mapped = reference || (given[spec.name] ?? null) !== null ? layer : scale.layer(layer);
    checkParameter(method.name, { ...spec, max: geometry.layers - 1 }, mapped);
    values[spec.name] = mapped;
  }
  return method.resolve?.(values, context) ?? values;
}
