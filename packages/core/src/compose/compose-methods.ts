import { AutopruneError } from '../errors.js';
import type {
  Method,
  MethodReport,
  MethodRun,
  ParameterSpec,
  ParameterValues,
  PromptContext,
  SiteRequest,
} from '../method.js';
import type { MethodChoice } from '../pruner.js';
import { findMethod } from '../registry.js';
import { type Site, siteKey } from '../site.js';
import { type Part, planComposition, planCounts } from './composite-plan.js';

/** Where a method acts first, in the order that a prompt meets the sites. */
const ORDER = ['weights', 'vision', 'input', 'attention', 'layer', 'cache'];

const firstSite = ({ sites }: Method): number =>
  Math.min(ORDER.length, ...sites.map((site) => ORDER.indexOf(site)));

/** `fastv.layer`, or `fastv#2.layer` where a method is there twice. */
function prefixesOf(parts: readonly Part[]): string[] {
  const seen = new Map<string, number>();
  return parts.map(({ method }) => {
    const count = (seen.get(method.name) ?? 0) + 1;
    seen.set(method.name, count);
    return `${method.name}${count > 1 ? `#${count}` : ''}.`;
  });
}

/** The position rule that the parts inside the decoder share. */
function positionsOf(parts: readonly Part[]): Method['positions'] {
  const inside = parts
    .map(({ method }) => method)
    .filter(({ sites }) => sites.some((site) => site === 'layer' || site === 'attention'));
  const other = inside.find(({ positions }) => positions !== inside[0]!.positions);
  if (other) {
    throw new AutopruneError(
      'METHOD_CONFLICT',
      `${inside[0]!.name} (${inside[0]!.positions === 'keep' ? 'keeps' : 'renumbers'} positions) and ${other.name} (${other.positions === 'keep' ? 'keeps' : 'renumbers'} them) cannot run in one decoder. Combine either with methods before the decoder or on the cache, or give both as --layer-specs, which have one position rule`,
      { methods: inside.map(({ name }) => name) },
    );
  }
  return inside[0]?.positions ?? 'keep';
}

/** The values of one part, without its prefix. */
function valuesOf(values: ParameterValues, prefix: string): ParameterValues {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  );
}

function startRun(
  parts: readonly Part[],
  prefixes: readonly string[],
  parameters: ParameterValues,
  context: PromptContext,
): MethodRun {
  const given = parts.map((part, index) => ({
    ...part,
    given: {},
    resolved: valuesOf(parameters, prefixes[index]!),
  }));
  let { visualTokens } = context;
  const runs = given.map(({ method, resolved }) => {
    const own: PromptContext = { ...context, visualTokens, budget: { kind: 'native' } };
    const run = method.start(resolved, own);
    if (method.sites.some((site) => site === 'vision' || site === 'input')) {
      visualTokens = method.simulate(resolved, own).entering[0] ?? visualTokens;
    }
    return { name: method.name, run };
  });
  const owners = new Map<string, string>();
  const sites: SiteRequest[] = [];
  for (const { name, run } of runs) {
    for (const request of run.sites) {
      const key = siteKey(request.site);
      const owner = owners.get(key);
      if (owner !== undefined && !request.observes) {
        throw new AutopruneError(
          'METHOD_CONFLICT',
          `${owner} and ${name} both act at ${key}, where one decision is taken; give one of them another layer, or leave it out`,
          { site: key, methods: [owner, name] },
        );
      }
      if (!request.observes) owners.set(key, name);
      sites.push(request);
    }
  }
  const acts = (run: MethodRun, site: Site): boolean =>
    run.sites.some((request) => siteKey(request.site) === siteKey(site));
  return {
    sites: mergeObservers(sites),
    decide: (site, input) => {
      const decisions = runs
        .filter(({ run }) => acts(run, site))
        .map(({ run }) => run.decide(site, input));
      return decisions.find((decision) => decision !== undefined);
    },
    idleAt: (site, rows) =>
      runs.filter(({ run }) => acts(run, site)).every(({ run }) => run.idleAt?.(site, rows)),
    report: (): MethodReport => {
      const reports = runs.map(({ run }) => run.report());
      const special = reports.find(({ complexity }) => complexity !== undefined);
      const last = reports.map(({ lastLeaving = Infinity }) => lastLeaving);
      const least = Math.min(...last);
      return {
        ...special,
        parameters: Object.fromEntries(
          reports.flatMap((report, index) =>
            Object.entries(report.parameters).map(
              ([name, value]) => [prefixes[index]! + name, value] as const,
            ),
          ),
        ),
        ...(least < Infinity ? { lastLeaving: least } : {}),
      };
    },
  };
}

/** One request a site: the composition is one method, which looks and decides there. */
function mergeObservers(requests: readonly SiteRequest[]): SiteRequest[] {
  const bySite = new Map<string, SiteRequest>();
  for (const request of requests) {
    const key = siteKey(request.site);
    const known = bySite.get(key);
    const observes = (known?.observes ?? true) && (request.observes ?? false);
    bySite.set(key, {
      site: request.site,
      signals: [...(known?.signals ?? []), ...request.signals],
      ruleSignals: [...(known?.ruleSignals ?? []), ...(request.ruleSignals ?? [])],
      ...(observes ? { observes } : {}),
    });
  }
  return [...bySite.values()];
}

/**
 * One method of several that act at different sites, in the order in which a prompt meets them. Its parameters are those
 * of its parts with their names before them: `fastv.layer`.
 *
 * A budget of the whole is met by one common keep ratio of its parts. Where a parameter says how much one part keeps, the
 * others keep their native numbers.
 *
 * @throws METHOD_UNKNOWN; METHOD_CONFLICT with the reason and what works
 */
export function composeMethods(choices: readonly MethodChoice[]): Method {
  const parts: Part[] = choices
    .map(({ method, parameters = {} }) => ({
      method: typeof method === 'string' ? findMethod(method) : method,
      given: parameters,
    }))
    .sort((a, b) => firstSite(a.method) - firstSite(b.method));
  const prefixes = prefixesOf(parts);
  const methods = parts.map(({ method }) => method);
  const name = methods.map((method) => method.name).join('+');
  const withGiven = (values: ParameterValues): readonly Part[] =>
    parts.map((part, index) => ({ ...part, given: valuesOf(values, prefixes[index]!) }));
  const union = <T>(lists: readonly (readonly T[])[]): T[] => [...new Set(lists.flat())];
  return {
    name,
    title: methods.map(({ title }) => title).join(' + '),
    paper: null,
    repository: null,
    licence: union([methods.map(({ licence }) => licence)]).join('; '),
    sites: union(methods.map(({ sites }) => sites)),
    signals: union(methods.map(({ signals }) => signals)),
    positions: positionsOf(parts),
    order: methods.some(({ order }) => order === 'score') ? 'score' : 'spatial',
    questionDependent: methods.some(({ questionDependent }) => questionDependent),
    adaptive: methods.some(({ adaptive }) => adaptive),
    parameters: parts.flatMap(({ method, given }, index) =>
      method.parameters.map((spec): ParameterSpec => {
        const { isLayer, ...rest } = spec;
        const value = given[spec.name] ?? null;
        return {
          ...rest,
          name: prefixes[index]! + spec.name,
          // Layers are mapped by the part itself, and only where they are not given.
          default: value,
        };
      }),
    ),
    resolve: (values, context) => {
      const planned = planComposition(name, withGiven(values), context);
      return Object.fromEntries(
        planned.flatMap(({ parameters }, index) =>
          Object.entries(parameters).map(
            ([parameter, value]) => [prefixes[index]! + parameter, value] as const,
          ),
        ),
      );
    },
    simulate: (values, context) => {
      let { visualTokens } = context;
      const planned = parts.map((part, index) => {
        const own = { ...context, visualTokens };
        const parameters = valuesOf(values, prefixes[index]!);
        if (part.method.sites.some((site) => site === 'vision' || site === 'input')) {
          visualTokens = part.method.simulate(parameters, own).entering[0] ?? visualTokens;
        }
        return { part, parameters, context: own };
      });
      return planCounts(planned, context);
    },
    start: (values, context) => startRun(parts, prefixes, values, context),
  };
}
