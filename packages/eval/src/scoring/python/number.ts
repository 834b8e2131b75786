/**
 * Python's `'%.nf' % value`: decimal digits of the exact binary value, ties to even, where `toFixed` takes the larger.
 *
 * @param value  |value| < 1e21
 * @param digits  0 to 20
 */
export function formatFixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return formatFloat(value);
  const rounded = value.toFixed(digits);
  const [, fraction = ''] = Math.abs(value).toFixed(100).split('.');
  const isTie = /^50*$/.test(fraction.slice(digits));
  const lastDigit = Number(rounded.at(-1));
  if (!isTie || lastDigit % 2 === 0) return rounded;
  // The neighbour one unit nearer to zero ends in an even digit.
  return `${rounded.slice(0, -1)}${lastDigit - 1}`;
}

/** Python's `round(value, digits)`: correctly rounded from the exact binary value, ties to even. */
export function pythonRound(value: number, digits = 0): number {
  return Number.isFinite(value) && Math.abs(value) < 1e21
    ? Number(formatFixed(value, digits))
    : value;
}

/** Python's `str(value)` of a float: `1.0`, `1e-05`, `1e+16`, `nan`, `inf`. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const [mantissa, exponentText] = value.toExponential().split('e') as [string, string];
  const exponent = Number(exponentText);
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    const sign = exponent < 0 ? '-' : '+';
    return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const plain = Math.abs(value) < 1e-6 && value !== 0 ? value.toFixed(20) : String(value);
  return Number.isInteger(value) ? `${plain}.0` : plain;
}

/** A whole number, ties to even, as `numpy.rint`. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest === 0.5) return floor % 2 === 0 ? floor : floor + 1;
  return rest < 0.5 ? floor : floor + 1;
}

/** numpy's `round`, which multiplies, rounds to even and divides: not the correctly rounded decimal of Python's. */
export function numpyRound(value: number, digits: number): number {
  const scale = 10 ** digits;
  return roundHalfEven(value * scale) / scale;
}
