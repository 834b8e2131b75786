import type { Method } from '../method.js';

/** No pruning: every visual token goes through every layer. The basis of all comparisons. */
export const none: Method = {
  name: 'none',
  title: 'No pruning',
  paper: null,
  repository: null,
  licence: 'Apache-2.0 (own)',
  sites: [],
  signals: [],
  positions: 'keep',
  order: 'spatial',
  questionDependent: false,
  adaptive: false,
  budgets: ['native'],
  parameters: [],
  simulate: (_, { geometry, visualTokens }) => {
    const counts = new Array<number>(geometry.layers).fill(visualTokens);
    return { entering: counts, leaving: counts };
  },
  start: () => ({ sites: [], decide: () => undefined, report: () => ({ parameters: {} }) }),
};
