import type { PromptContext } from '../method.js';
import { gatherRows } from '../select/row-map.js';
import type { Matrix } from '../select/tensors.js';
import type { SignalRequest } from '../signal.js';
import { requireClassToken } from './input-method.js';
import type { View } from './views.js';

/** Queries and keys of the tower's last block, which the published code reads beyond the features it uses. */
export function lastBlockSignals(
  method: string,
  context: PromptContext,
): { readonly queries: SignalRequest; readonly keys: SignalRequest } {
  const layer = requireClassToken(method, context).blocks - 1;
  return { queries: { kind: 'tower-queries', layer }, keys: { kind: 'tower-keys', layer } };
}

/** The query of CLS and the keys of a tile, CLS first. */
export function classQueryAndKeys(
  view: View,
  { queries, keys }: ReturnType<typeof lastBlockSignals>,
): { query: Float32Array; keys: Matrix } {
  const { data, width } = view.matrix(queries);
  return { query: data.subarray(0, width), keys: view.matrix(keys) };
}

/** Rows of a matrix without the first one, CLS. */
export function withoutClass({ data, width }: Matrix): Matrix {
  const rows = Int32Array.from({ length: data.length / width - 1 }, (_, row) => row + 1);
  return { data: gatherRows(data, width, rows), width };
}
