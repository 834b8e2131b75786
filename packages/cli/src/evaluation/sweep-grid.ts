import { AutopruneError } from '@autoprune/core';

/** Parameters that can be swept, under their published names. */
const SWEPT = ['x0', 'k0', 'gamma'] as const;
type SweptName = (typeof SWEPT)[number];

/** One setting of a sweep. */
export type SweepSetting = Readonly<Partial<Record<SweptName, number>>>;

const invalid = (text: string, reason: string): AutopruneError =>
  new AutopruneError(
    'ARGUMENT_INVALID',
    `--sweep ${text}: ${reason}; it is written as x0=12/14.9/18,k0=0.3/0.4,gamma=0.2`,
    { text },
  );

function parseValues(text: string, part: string): [SweptName, readonly number[]] {
  const [given = '', list = ''] = part.split('=', 2);
  const name = SWEPT.find((one) => one === given.trim());
  if (!name) throw invalid(text, `${JSON.stringify(given)} is not one of ${SWEPT.join(', ')}`);
  const values = list.split('/').map((value) => {
    const number = value.trim() === '' ? Number.NaN : Number(value);
    if (Number.isFinite(number)) return number;
    throw invalid(text, `${JSON.stringify(value)} is no value of ${name}`);
  });
  return [name, [...new Set(values)]];
}

/**
 * Every setting of `x0=a/b,k0=c/d,gamma=e`, the last parameter changing fastest.
 *
 * @throws ARGUMENT_INVALID for a name that cannot be swept, a name given twice, or a value that is no number
 */
export function sweepGrid(text: string): readonly SweepSetting[] {
  const lists = text.split(',').map((part) => parseValues(text, part));
  if (new Set(lists.map(([name]) => name)).size < lists.length) {
    throw invalid(text, 'a parameter is given twice');
  }
  return lists.reduce<readonly SweepSetting[]>(
    (settings, [name, values]) =>
      settings.flatMap((setting) => values.map((value) => ({ ...setting, [name]: value }))),
    [{}],
  );
}

/** A setting as `x0=12 k0=0.3`. */
export function settingText(setting: SweepSetting): string {
  return Object.entries(setting)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}
