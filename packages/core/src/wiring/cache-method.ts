import { headSizeOf } from '../cost/flops.js';
import type { CacheMap } from '../decision.js';
import type {
  CacheRows,
  Method,
  ParameterSpec,
  ParameterValues,
  PromptContext,
} from '../method.js';
import type { CacheSignals } from '../select/cache-attention.js';
import type { CacheSelection } from '../select/cache-selection.js';
import { keepRows, type RowMap } from '../select/row-map.js';
import type { SignalReader, SignalRequest } from '../signal.js';
import { requireBudgetKind } from './budget-kinds.js';
import type { DecodingSupport } from './cache-decoding.js';

/** Share of the cache that stays, of EffiVLM-Bench's scripts. */
const PUBLISHED_BUDGET = 0.4;

/** What a cache method decides on, layer by layer. */
interface CachedPrompt {
  readonly context: PromptContext;
  readonly parameters: ParameterValues;
  readonly rows: CacheRows;
  /** Queries of the asked rows of a layer, and all its keys. */
  signals(layer: number): CacheSignals;
}

/** A method that acts on the cache once after the prefill, and while decoding where it is asked to. */
export interface CacheMethod
  extends Pick<
    Method,
    'name' | 'title' | 'paper' | 'repository' | 'licence' | 'signals' | 'order'
  > {
  /** Rows whose queries it reads; default none. */
  readonly queries?: 'all' | 'text';
  /** What it does while decoding, of its paper; with it comes the parameter `whileDecoding`. */
  readonly decoding?: DecodingSupport;
  /** Beside `budget`. */
  readonly parameters?: readonly ParameterSpec[];
  /** Maps of every layer, one a key/value head. */
  select(prompt: CachedPrompt): readonly (readonly RowMap[])[];
}

/** Whether heads of a layer choose apart. */
export const HEAD_ADAPTIVE: ParameterSpec = {
  name: 'headAdaptive',
  type: 'boolean',
  default: true,
  description: 'Choose for every key/value head; false: once for all of them',
};

/** How importance is smoothed along the sequence. */
export const POOLING: readonly ParameterSpec[] = [
  {
    name: 'pooling',
    type: 'string',
    values: ['mean', 'max', 'none'],
    default: 'mean',
    description: 'How importance is smoothed along the sequence',
  },
  {
    name: 'kernel',
    type: 'integer',
    min: 1,
    default: 5,
    description: 'Positions that are smoothed over, odd',
  },
];

/** Maps that keep what a selection keeps, in sequence order. */
export function selectionMaps({ kept }: CacheSelection, rows: number): RowMap[] {
  return kept.map((positions) => keepRows(rows, positions));
}

/** Makes the entry of the table of a cache method. */
export function cacheMethod(definition: CacheMethod): Method {
  const { name, title, paper, repository, licence, signals, order, queries, select } = definition;
  type QueryRows = NonNullable<SignalRequest['rows']>;
  const queriesOf = (layer: number, rows: QueryRows): SignalRequest => ({
    kind: 'queries',
    layer,
    rows,
  });
  const keysOf = (layer: number): SignalRequest => ({ kind: 'keys', layer, rows: 'all' });
  const method: Method = {
    name,
    title,
    paper,
    repository,
    licence,
    sites: ['cache'],
    signals,
    positions: 'keep',
    order,
    questionDependent: queries !== undefined,
    adaptive: false,
    budgets: ['keepRatio', 'native'],
    parameters: [
      {
        name: 'budget',
        type: 'number',
        min: 0,
        max: 1,
        default: null,
        setsBudget: true,
        description: `Share of the cached rows that stays (default: keepRatio, else ${PUBLISHED_BUDGET})`,
        aliases: ['budgets'],
      },
      ...(definition.parameters ?? []),
      ...(definition.decoding ? [definition.decoding.parameter] : []),
    ],
    resolve: (parameters, context) => {
      requireBudgetKind(method, context, 'it cuts the cache after the prefill');
      const { kind, value } = context.budget;
      const asked = kind === 'keepRatio' ? value! : PUBLISHED_BUDGET;
      return { ...parameters, budget: parameters.budget ?? asked };
    },
    simulate: (_, { geometry, visualTokens }) => {
      const counts = new Array<number>(geometry.layers).fill(visualTokens);
      return { entering: counts, leaving: counts };
    },
    start: (parameters, context) => {
      const { geometry } = context;
      const layers = Array.from({ length: geometry.layers }, (_, layer) => layer);
      const width = headSizeOf(geometry);
      const decoding = parameters.whileDecoding
        ? definition.decoding?.create({ context, parameters })
        : undefined;
      const requests = (rows: QueryRows): SignalRequest[] =>
        layers.flatMap((layer) => [queriesOf(layer, rows), keysOf(layer)]);
      const read =
        (reader: SignalReader, rows: QueryRows) =>
        (layer: number): CacheSignals => ({
          queries: { data: reader.get(queriesOf(layer, rows)), heads: geometry.heads, width },
          keys: { data: reader.get(keysOf(layer)), heads: geometry.keyValueHeads, width },
        });
      const afterPrefill = (reader: SignalReader, rows: CacheRows): CacheMap => {
        const layerSignals = read(reader, queries ?? 'all');
        const maps = select({ context, parameters, rows, signals: layerSignals });
        maps.forEach((heads, layer) => {
          decoding?.begin(layer, rows[layer]!.length, heads, layerSignals);
        });
        return { kind: 'cache-map', layers: maps };
      };
      return {
        sites: [
          { site: { kind: 'cache', moment: 'prefill' }, signals: queries ? requests(queries) : [] },
          ...(decoding
            ? [
                {
                  site: { kind: 'cache' as const, moment: 'decode' as const },
                  signals: decoding.readsQueries ? requests('last') : [],
                },
              ]
            : []),
        ],
        decide: (site, { signals: reader, cache = [] }) =>
          decoding && site.kind === 'cache' && site.moment === 'decode'
            ? definition.decoding!.cut(decoding, cache, read(reader, 'last'))
            : afterPrefill(reader, cache),
        report: () => ({ parameters }),
      };
    },
  };
  return method;
}
