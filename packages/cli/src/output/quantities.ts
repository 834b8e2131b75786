const UNITS = ['', 'k', 'M', 'G', 'T', 'P'];

/** A number with three digits and a metric prefix: `1.23 G`. */
export function metric(value: number, unit = ''): string {
  let size = value;
  let step = 0;
  while (Math.abs(size) >= 1000 && step < UNITS.length - 1) {
    size /= 1000;
    step++;
  }
  const digits = step === 0 && Number.isInteger(size) ? String(size) : size.toPrecision(3);
  const suffix = `${UNITS[step]}${unit}`;
  return suffix === '' ? digits : `${digits} ${suffix}`;
}

/** Milliseconds, in seconds from one second on. */
export function duration(milliseconds: number): string {
  return milliseconds < 1000
    ? `${Math.round(milliseconds)} ms`
    : `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1)} s`;
}

/** A share as a percentage with one digit. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

const LEVELS = '▁▂▃▄▅▆▇█';

/** A row of bars, one a value, from 0 to `top`. */
export function sparkline(values: readonly number[], top = Math.max(...values, 1)): string {
  return values
    .map((value) => LEVELS[Math.min(Math.floor((value / top) * LEVELS.length), LEVELS.length - 1)])
    .join('');
}
