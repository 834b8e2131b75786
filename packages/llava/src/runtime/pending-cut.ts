import {
  AutopruneError,
  type Decision,
  type RowMap,
  type Rule,
  ruleRowMap,
  ruleScores,
  type Selection,
  type SignalReader,
  selectRows,
  type TokenRows,
} from '@autoprune/core';
import type { TokenKernels } from '@autoprune/kernels';

/** A decision whose rows are known but whose merge may still need the layer's output. */
export interface PendingCut {
  /** Visual rows that the layer must compute: kept ones and those that a merge reads. */
  readonly needed: Int32Array;
  /** The row map of the visual rows, once the layer has run; `hiddenOf` reads rows of its output. */
  finish(hiddenOf: (visualRows: Int32Array) => Promise<Float32Array>): Promise<RowMap>;
  readonly mergeFlops: (width: number) => number;
}

/** The cut of a rule: scores and selection now, the merge when its pool is computed. */
function ruleCut(
  rule: Rule,
  signals: SignalReader,
  kernels: TokenKernels,
  rows: TokenRows,
): PendingCut {
  const scores = ruleScores(rule, signals);
  const selection: Selection = selectRows(rule, scores, kernels, rows);
  const needed = Int32Array.from([...selection.kept, ...selection.pool]).sort();
  return {
    needed,
    mergeFlops: (width) => selection.pool.length ** 2 * width * 3,
    finish: async (hiddenOf) => {
      if (selection.pool.length === 0) {
        return ruleRowMap(rule, selection, scores.length, kernels);
      }
      const hidden = await hiddenOf(selection.pool);
      const width = hidden.length / selection.pool.length;
      return ruleRowMap(rule, selection, scores.length, kernels, { hidden, width });
    },
  };
}

/**
 * The cut of a decision inside the decoder.
 *
 * @throws DECISION_INVALID for a cache map
 */
export function cutOf(
  decision: Decision,
  signals: SignalReader,
  kernels: TokenKernels,
  rows: TokenRows,
): PendingCut {
  if (decision.kind === 'rule') return ruleCut(decision, signals, kernels, rows);
  if (decision.kind === 'cache-map') {
    throw new AutopruneError(
      'DECISION_INVALID',
      'A cache map was decided inside the decoder; decide it at a cache site',
    );
  }
  return {
    needed: Int32Array.from(new Set(decision.inputs)).sort(),
    mergeFlops: () => 0,
    finish: () => Promise.resolve(decision),
  };
}
