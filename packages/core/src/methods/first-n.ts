import { inputMethod } from '../wiring/input-method.js';

/** The first tokens of the raster: the control that knows nothing but the order. */
export const firstN = /* @__PURE__ */ inputMethod({
  name: 'first-n',
  title: 'The first N tokens',
  paper: null,
  repository: null,
  licence: 'Apache-2.0 (own definition)',
  signals: [],
  order: 'spatial',
  native: { text: 'half of them', count: (tokens) => Math.max(1, Math.trunc(tokens / 2)) },
  requests: () => [],
  select: (_, { keep }) => Int32Array.from({ length: keep }, (_unused, row) => row),
});
