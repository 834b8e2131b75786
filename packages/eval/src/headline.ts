import type { Definition } from './benchmark.js';
import type { MetricValue } from './metrics.js';

/** The number that papers print of a score, or undefined where the definition names none. */
export function headlineOf({ headline }: Definition, metrics: MetricValue): number | undefined {
  if (!headline) return undefined;
  const value = headline.path.reduce<MetricValue | undefined>(fieldOf, metrics);
  return typeof value === 'number' ? value * headline.scale : undefined;
}

/** A field of a metrics table. */
function fieldOf(metrics: MetricValue | undefined, key: string): MetricValue | undefined {
  if (typeof metrics !== 'object' || metrics === null || Array.isArray(metrics)) return undefined;
  return (metrics as Readonly<Record<string, MetricValue>>)[key];
}
