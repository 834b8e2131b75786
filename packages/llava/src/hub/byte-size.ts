const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** Bytes for people: three digits and a metric unit, as the hub's pages show them. */
export function byteSize(bytes: number): string {
  let size = bytes;
  let step = 0;
  while (size >= 1000 && step < UNITS.length - 1) {
    size /= 1000;
    step++;
  }
  return `${step === 0 ? size : size.toPrecision(3)} ${UNITS[step]}`;
}
