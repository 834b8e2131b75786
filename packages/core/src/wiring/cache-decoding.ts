import type { CacheMap } from '../decision.js';
import type { CacheRows, ParameterSpec, ParameterValues, PromptContext } from '../method.js';
import {
  addReceived,
  type CacheLimit,
  h2oStep,
  streamingllmStep,
} from '../published/kv-decoding.js';
import { type CacheSignals, receivedSums } from '../select/cache-attention.js';
import { cacheBudget, importancePerHead } from '../select/cache-selection.js';
import { keepRows, type RowMap } from '../select/row-map.js';

/** What a method does to the cache after every decoded token; one object a prompt. */
export interface CacheDecoding {
  /** Whether it reads the query of every token and all keys. */
  readonly readsQueries: boolean;
  /** Takes note of a layer after the prefill: its rows before the cut, and the cut. */
  begin(
    layer: number,
    rows: number,
    maps: readonly RowMap[],
    signals: (layer: number) => CacheSignals,
  ): void;
  /** int32, ascending: rows of every key/value head that stay of `rows`. */
  step(
    layer: number,
    rows: number,
    signals: (layer: number) => CacheSignals,
  ): readonly Int32Array[];
}

/** What a {@link CacheDecoding} is made for. */
export interface DecodingPrompt {
  readonly context: PromptContext;
  readonly parameters: ParameterValues;
}

/** What a method brings that goes on while decoding; methods that do not are not made larger by it. */
export interface DecodingSupport {
  /** The parameter that asks for it. */
  readonly parameter: ParameterSpec;
  create(prompt: DecodingPrompt): CacheDecoding;
  /** The cut after a token, or undefined where every row stays. */
  cut(
    decoding: CacheDecoding,
    rows: CacheRows,
    signals: (layer: number) => CacheSignals,
  ): CacheMap | undefined;
}

/** Whether a method goes on while decoding. */
const WHILE_DECODING: ParameterSpec = {
  name: 'whileDecoding',
  type: 'boolean',
  default: false,
  description:
    'Hold the cache at its size while decoding too, as the paper does; false: cut once after the prefill, as EffiVLM-Bench does',
};

/** Has a method go on while decoding. */
export function whileDecoding(create: DecodingSupport['create']): DecodingSupport {
  return { parameter: WHILE_DECODING, create, cut };
}

function cut(
  { step }: CacheDecoding,
  rows: CacheRows,
  signals: (layer: number) => CacheSignals,
): CacheMap | undefined {
  const kept = rows.map(({ length }, layer) => step(layer, length, signals));
  if (kept.every(([head], layer) => head!.length === rows[layer]!.length)) return undefined;
  return {
    kind: 'cache-map',
    layers: kept.map((heads, layer) => heads.map((one) => keepRows(rows[layer]!.length, one))),
  };
}

/** StreamingLLM: the window slides. */
export function slidingWindow({ context, parameters }: DecodingPrompt): CacheDecoding {
  const limits: CacheLimit[] = [];
  return {
    readsQueries: false,
    begin: (layer, rows) => {
      limits[layer] = cacheBudget(rows, parameters.budget as number);
    },
    step: (layer, rows) => {
      const kept = streamingllmStep(rows, limits[layer]!);
      return Array.from({ length: context.geometry.keyValueHeads }, () => kept);
    },
  };
}

/** H2O: sums of attention go on, and the least of them leaves. */
export function heavyHitters({ parameters }: DecodingPrompt): CacheDecoding {
  const limits: CacheLimit[] = [];
  const sums: (readonly Float32Array[])[] = [];
  const headAdaptive = parameters.headAdaptive as boolean;
  const keep = (received: readonly Float32Array[], kept: readonly Int32Array[]): Float32Array[] =>
    received.map((values, head) => Float32Array.from(kept[head]!, (row) => values[row]!));
  return {
    readsQueries: true,
    begin: (layer, rows, maps, signals) => {
      limits[layer] = cacheBudget(rows, parameters.budget as number);
      const one = signals(layer);
      const { queries, keys } = one;
      const received = importancePerHead(
        receivedSums(one, rows),
        queries.heads,
        keys.heads,
        rows,
        headAdaptive,
      );
      sums[layer] = keep(
        received,
        maps.map(({ anchors }) => anchors),
      );
    },
    step: (layer, _rows, signals) => {
      const received = addReceived(sums[layer]!, signals(layer), headAdaptive);
      const kept = received.map((values) => h2oStep(values, limits[layer]!));
      sums[layer] = keep(received, kept);
      return kept;
    },
  };
}
