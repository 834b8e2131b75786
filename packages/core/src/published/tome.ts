import { AutopruneError, requireNumber } from '../errors.js';
import { nearestRows } from '../select/nearest-rows.js';
import { keepRows, type RowMap, rowMap } from '../select/row-map.js';
import { type Matrix, requireCount, rowCount } from '../select/tensors.js';
import { rankTokens } from '../select/top-tokens.js';
import type { SelectionKernels } from '../selection-kernels.js';

/** What ToMe looks at, in a block of the tower between attention and MLP. */
export interface TomeSignals {
  /** float32 [tokens, width]: keys of the block, mean over heads. */
  readonly metric: Matrix;
  /** float32 [tokens], above 0: patches that each token stands for. Default 1 each. */
  readonly sizes?: Float32Array;
}

/** How many tokens a block removes, and which it must not touch. */
export interface TomeParameters {
  /** Tokens to remove, r; at most half of the unprotected ones. */
  readonly remove: number;
  /** Token 0 is CLS. Default false. */
  readonly classToken?: boolean;
  /** Token 1 is a distillation token; needs a class token. Default false. */
  readonly distillToken?: boolean;
}

/** One merge. All indices are token numbers before it. */
export interface TomeMerge {
  /** Size-weighted means over `inputRows` = tokens. */
  readonly map: RowMap;
  readonly removed: number;
  /** float32 [outputRows]: patches that each row stands for. */
  readonly sizes: Float32Array;
  /** int32 [tokens]: output row of every token. */
  readonly group: Int32Array;
  /** int32 [removed]: merged tokens, most similar first. */
  readonly source: Int32Array;
  /** int32 [removed]: the tokens that they are merged into. */
  readonly target: Int32Array;
  /** int32: even tokens that are not merged, in output order. */
  readonly unmerged: Int32Array;
}

const tokensFrom = (first: number, end: number, step: number): Int32Array =>
  Int32Array.from(
    { length: Math.max(0, Math.ceil((end - first) / step)) },
    (_, i) => first + i * step,
  );

/**
 * ToMe's bipartite soft matching: even tokens look for the most similar odd token, and the `remove` most
 * similar are merged into theirs, weighted by size (Bolya et al., Token Merging: Your ViT But Faster, ICLR
 * 2023, section 3; written from the paper because the published code is non-commercial).
 *
 * Output rows: unmerged even tokens, then odd tokens. The former stay in order of similarity, as
 * published, unless there is a class token: then in order of position. A distillation token follows CLS.
 *
 * @throws ARGUMENT_INVALID for non-finite values, sizes that do not fit or are not above 0
 */
export function tome(
  { metric, sizes }: TomeSignals,
  parameters: TomeParameters,
  kernels: Pick<SelectionKernels, 'nearestTargets'> = { nearestTargets: nearestRows },
): TomeMerge {
  const { remove, classToken = false, distillToken = false } = parameters;
  const tokens = rowCount('metric', metric);
  requireNumber('remove', remove, { min: 0, integer: true });
  if (distillToken && !classToken) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      'Expected a class token before the distillation token; set classToken',
    );
  }
  const size = sizes ?? new Float32Array(tokens).fill(1);
  requireCount('sizes', size.length, tokens);
  size.forEach((value, token) => {
    requireNumber(`sizes[${token}]`, value, { min: Number.MIN_VALUE });
  });

  const free = tokens - Number(classToken) - Number(distillToken);
  const removed = Math.max(0, Math.min(remove, Math.floor(free / 2)));
  if (removed === 0) {
    const all = tokensFrom(0, tokens, 1);
    const none = new Int32Array(0);
    const map = keepRows(tokens, all);
    return {
      map,
      removed,
      sizes: size.slice(),
      group: all,
      source: none,
      target: none,
      unmerged: tokensFrom(0, tokens, 2),
    };
  }

  const even = tokensFrom(classToken ? 2 : 0, tokens, 2);
  const odd = tokensFrom(distillToken ? 3 : 1, tokens, 2);
  const { nearest, similarity } = kernels.nearestTargets(metric.data, metric.width, even, odd);
  const ranked = rankTokens(similarity, even.length);
  const merged = ranked.subarray(0, removed);
  const source = merged.map((i) => even[i]!);
  const target = merged.map((i) => odd[nearest[i]!]!);
  const rest = ranked.subarray(removed).map((i) => even[i]!);
  const unmerged = classToken ? Int32Array.of(0, ...rest.sort()) : rest;

  const lead = distillToken ? [0, 1] : [];
  const order = [...lead, ...unmerged.subarray(lead.length / 2), ...odd];
  const members = new Map(order.map((token) => [token, [token]]));
  source.forEach((token, i) => {
    members.get(target[i]!)!.push(token);
  });
  const group = new Int32Array(tokens);
  const sums = new Float32Array(order.length);
  order.forEach((token, row) => {
    for (const member of members.get(token)!) {
      group[member] = row;
      sums[row]! += size[member]!;
    }
  });
  const map = rowMap(
    tokens,
    order.map((token, row) =>
      members.get(token)!.map((member) => [member, size[member]! / sums[row]!] as const),
    ),
  );
  return { map, removed, sizes: sums, group, source, target, unmerged };
}
