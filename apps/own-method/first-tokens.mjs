// A method of one's own, to copy from: core's first-n again, of public parts alone.
//
//   autoprune ask photo.jpg "What is this?" --method ./apps/own-method/first-tokens.mjs --budget flops=0.5
import { keepRows, singleCutCounts, solveCount } from '@autoprune/core';

const NAME = 'first-tokens';

/** @type {import('@autoprune/core').Method} */
const firstTokens = {
  name: NAME,
  title: 'The first tokens, from outside',
  paper: null,
  repository: null,
  licence: 'Apache-2.0',
  // Before the decoder; it looks at nothing.
  sites: ['input'],
  signals: [],
  positions: 'keep',
  order: 'spatial',
  questionDependent: false,
  adaptive: false,
  parameters: [
    {
      name: 'keep',
      type: 'integer',
      min: 0,
      default: null,
      setsBudget: true,
      description:
        'Visual tokens kept; from the budget when not given, half of them with the native budget',
    },
  ],
  // A budget becomes a count; what cannot be reached is refused with the range.
  resolve: ({ keep }, context) => {
    const { geometry, visualTokens, budget } = context;
    const solved = () =>
      solveCount(NAME, context, (count) =>
        singleCutCounts(geometry.layers, visualTokens, 0, count),
      );
    const count = keep ?? (budget.kind === 'native' ? Math.ceil(visualTokens / 2) : solved());
    return { keep: Math.min(count, visualTokens) };
  },
  simulate: ({ keep }, { geometry, visualTokens }) =>
    singleCutCounts(geometry.layers, visualTokens, 0, keep),
  start: (parameters) => ({
    sites: [{ site: { kind: 'input' }, signals: [] }],
    decide: (_, { rows }) => {
      const count = rows.contents.length;
      const kept = Math.min(parameters.keep, count);
      return keepRows(
        count,
        Array.from({ length: kept }, (_unused, row) => row),
      );
    },
    report: () => ({ parameters }),
  }),
};

export default firstTokens;
