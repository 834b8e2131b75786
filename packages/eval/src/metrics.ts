/** A number, text or nested table of one definition, with the keys that the official script uses. */
export type MetricValue =
  | number
  | string
  | boolean
  | null
  | readonly MetricValue[]
  | { readonly [key: string]: MetricValue };
