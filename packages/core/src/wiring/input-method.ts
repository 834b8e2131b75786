import { AutopruneError } from '../errors.js';
import type { TowerShape } from '../geometry.js';
import type { Method, ParameterSpec, ParameterValues, PromptContext } from '../method.js';
import { singleCutCounts } from '../schedule/solve-count.js';
import type { RowMap } from '../select/row-map.js';
import type { SignalRequest } from '../signal.js';
import type { Site } from '../site.js';
import { type KeepSettings, keepCount, keepParameters, resolveKeep } from './keep-budget.js';
import { joinMaps, shareOut, type View, viewsOf } from './views.js';

/** The attention that the tower pays each token: the signal of most methods before the decoder. */
export const SALIENCY: SignalRequest = { kind: 'saliency' };

/** Output of the site: projected features at `input`, those of the tower at `vision`. */
export const HIDDEN: SignalRequest = { kind: 'hidden' };

/** What `select` is told beside its view. */
interface SelectionContext {
  /** Place of the view among all of them. */
  readonly index: number;
  /** Tokens that the view may keep. */
  readonly keep: number;
  readonly parameters: ParameterValues;
  readonly context: PromptContext;
}

/** A method that decides once before the decoder, by counts known beforehand. */
export interface InputMethod
  extends Pick<
    Method,
    'name' | 'title' | 'paper' | 'repository' | 'licence' | 'signals' | 'order'
  > {
  readonly questionDependent?: boolean;
  /** Beside `keep` and `share`. */
  readonly parameters?: readonly ParameterSpec[];
  /** Default `input`; `vision` is before the projector. */
  readonly site?: 'input' | 'vision';
  /** What is judged together. Default `tile`. */
  readonly scope?: 'tile' | 'total';
  /** Tokens of `visualTokens` kept with the native budget, and how the table says that. */
  readonly native: { readonly text: string; count(visualTokens: number): number };
  /** Rows that come out where `keep` are asked for. Default as many. */
  outputs?(keep: number, context: PromptContext): number;
  requests(parameters: ParameterValues, context: PromptContext): readonly SignalRequest[];
  /** Rows of the view that are kept, ascending, or a map of them. */
  select(view: View, given: SelectionContext): RowMap | Int32Array;
}

/** The tower of a prompt, for methods that look into it. */
export function requireTower(method: string, { tower }: PromptContext): TowerShape {
  if (tower) return tower;
  throw new AutopruneError(
    'SIGNAL_UNSUPPORTED',
    `Method ${method} looks into the vision tower, and this runtime gives none; divprune and fastv need no tower`,
    { method },
  );
}

/** The tower of a prompt, which must have a CLS row. */
export function requireClassToken(method: string, context: PromptContext): TowerShape {
  const tower = requireTower(method, context);
  if (tower.classToken) return tower;
  throw new AutopruneError(
    'SIGNAL_UNSUPPORTED',
    `Method ${method} needs the attention of a CLS token, and this vision tower has none; visionzip, prumerge-plus with a budget, divprune and fastv work without`,
    { method },
  );
}

/** Makes the entry of the table of a method that decides before the decoder. */
export function inputMethod(definition: InputMethod): Method {
  const { site: where = 'input', scope = 'tile', native, requests, select } = definition;
  const site: Site = where === 'vision' ? { kind: 'vision', block: 'output' } : { kind: 'input' };
  const outputs = definition.outputs ?? ((keep: number) => keep);
  const { name, title, paper, repository, licence, signals, order } = definition;
  return {
    name,
    title,
    paper,
    repository,
    licence,
    sites: [where],
    signals,
    positions: 'keep',
    order,
    questionDependent: definition.questionDependent ?? false,
    adaptive: false,
    parameters: [...keepParameters(native.text), ...(definition.parameters ?? [])],
    resolve: (parameters, context) =>
      resolveKeep(name, parameters, context, {
        layer: 0,
        native: native.count(context.visualTokens),
        outputs: (keep) => outputs(keep, context),
      }),
    simulate: (parameters, context) =>
      singleCutCounts(
        context.geometry.layers,
        context.visualTokens,
        0,
        outputs(parameters.keep as number, context),
      ),
    start: (parameters, context) => ({
      sites: [{ site, signals: requests(parameters, context) }],
      decide: (_, { rows, signals: reader }) => {
        const views = viewsOf(rows, reader, scope);
        const count = rows.contents.filter(({ kind }) => kind !== 'cls').length;
        const keeps = shareOut(keepCount(parameters as unknown as KeepSettings, count), views);
        const parts = views.map((view, index) => ({
          view,
          map:
            keeps[index] === 0
              ? new Int32Array(0)
              : select(view, { index, keep: keeps[index]!, parameters, context }),
        }));
        return joinMaps(rows.contents.length, parts);
      },
      report: () => ({ parameters }),
    }),
  };
}
