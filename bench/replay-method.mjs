// A method that cuts as another one did, layer by layer to the same counts, without reading, deciding or merging anything:
// what a prompt would take if its cuts were known beforehand.
import { keepRows, registerMethod } from '@autoprune/core';

/** Visual tokens that leave each layer; the last layer makes no cut. */
let counts = [];

/** The next prompts of method `replay` are cut to these counts. */
export function replay(leaving) {
  counts = leaving;
}

registerMethod({
  name: 'replay',
  title: 'The counts of another method',
  paper: null,
  repository: null,
  licence: 'Apache-2.0',
  sites: ['layer'],
  signals: [],
  positions: 'renumber',
  order: 'spatial',
  questionDependent: false,
  adaptive: false,
  parameters: [],
  simulate: (_, { visualTokens }) => ({
    entering: [visualTokens, ...counts.slice(0, -1)],
    leaving: counts,
  }),
  start: () => ({
    sites: counts.slice(0, -1).map((_, layer) => ({ site: { kind: 'layer', layer }, signals: [] })),
    decide: ({ layer }, { rows }) => {
      const count = rows.contents.length;
      const keep = Math.min(counts[layer], count);
      if (keep === count) return undefined;
      return keepRows(
        count,
        Int32Array.from({ length: keep }, (_, index) => Math.floor((index * count) / keep)),
      );
    },
    report: () => ({ parameters: {} }),
  }),
});
