import {
  AutopruneError,
  type Decision,
  type RowMap,
  ruleRowMap,
  ruleScores,
  type SignalReader,
  selectRows,
  type TokenRows,
} from '@autoprune/core';
import type { TokenKernels } from '@autoprune/kernels';

/**
 * The row map of a decision whose rows are all there.
 *
 * @param hidden  float32 [rows, width]: what a merge reads
 * @throws DECISION_INVALID for a cache map, which no row site takes
 */
export function decisionMap(
  decision: Decision,
  signals: SignalReader,
  rows: TokenRows,
  hidden: Float32Array,
  kernels: TokenKernels,
): RowMap {
  if (decision.kind === 'row-map') return decision;
  if (decision.kind === 'cache-map') {
    throw new AutopruneError(
      'DECISION_INVALID',
      'A cache map was decided at a site of rows; decide it at a cache site',
    );
  }
  const scores = ruleScores(decision, signals);
  const selection = selectRows(decision, scores, kernels, rows);
  const width = hidden.length / scores.length;
  return ruleRowMap(decision, selection, scores.length, kernels, {
    hidden: kernels.gatherRows(hidden, width, selection.pool),
    width,
  });
}
