import type { DefinitionScore, MetricValue } from '../src/index.js';

const RELATIVE_TOLERANCE = 1e-9;

/** Where `actual` differs from `expected`: paths with both values; numbers within 1e-9 are equal. */
export function differences(actual: unknown, expected: unknown, path = ''): string[] {
  if (typeof expected === 'number' && typeof actual === 'number') {
    const tolerance = RELATIVE_TOLERANCE * Math.max(Math.abs(expected), Math.abs(actual));
    if (Math.abs(actual - expected) <= tolerance) return [];
  }
  if (typeof expected === 'object' && expected !== null && typeof actual === 'object') {
    return Object.entries(expected).flatMap(([key, value]) =>
      differences((actual as Record<string, unknown> | null)?.[key], value, `${path}.${key}`),
    );
  }
  if (actual === expected) return [];
  return [`${path}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`];
}

/**
 * Metrics in the shape of `expected.json`: those of the first definition, and for a key that it lacks those of the
 * definition of that name (whose only number it may be).
 */
export function metricsLike(expected: unknown, scores: readonly DefinitionScore[]): MetricValue {
  const [first] = scores;
  if (!first || typeof expected !== 'object' || expected === null || Array.isArray(expected)) {
    return first?.metrics ?? null;
  }
  const has = (metrics: MetricValue, key: string): metrics is { [key: string]: MetricValue } =>
    typeof metrics === 'object' && metrics !== null && key in metrics;
  return Object.fromEntries(
    Object.keys(expected).map((key): [string, MetricValue] => {
      const named = scores.find(({ definition }) => definition.name === key)?.metrics ?? null;
      if (has(named, key)) return [key, named[key]!];
      return [key, has(first.metrics, key) ? first.metrics[key]! : named];
    }),
  );
}
