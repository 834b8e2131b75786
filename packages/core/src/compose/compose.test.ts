import { beforeAll, describe, expect, it } from 'vitest';
import { registerAllMethods } from '../methods/index.js';
import { resolveParameters } from '../parameters.js';
import { findMethod, registerMethod } from '../registry.js';
import { measureBudget } from '../schedule/solve-count.js';
import { contractContext, dryRun } from '../testing/index.js';
import { initialRows } from '../token-rows.js';
import { composeMethods, parseLayerSpecs, parseMethods } from './index.js';

beforeAll(registerAllMethods);

describe('parseMethods', () => {
  it.each(['visionzip+fastv+snapkv', 'fastervlm+pyramiddrop', 'tome+sparsevlm', 'divprune+vtw'])(
    '%s meets a budget with one ratio for its parts',
    (text) => {
      const method = parseMethods(text);
      const context = contractContext(144, { kind: 'flops', value: 0.6 });
      const parameters = resolveParameters(method, {}, context);
      const planned = method.simulate(parameters, context);
      expect(measureBudget('flops', planned, context)).toBeCloseTo(0.6, 1);
      expect(dryRun(method, parameters, context).counts.entering).toEqual(planned.entering);
    },
  );

  it('puts methods in the order in which a prompt meets their sites', () => {
    expect(parseMethods('snapkv+fastv+visionzip').name).toBe('visionzip+fastv+snapkv');
  });

  it('leaves parts alone that say how much they keep', () => {
    const method = parseMethods('visionzip+fastv');
    const context = contractContext(144, { kind: 'native' });
    const parameters = resolveParameters(
      method,
      { 'visionzip.keep': 40, 'fastv.keep': 10 },
      context,
    );
    expect(method.simulate(parameters, context).entering).toEqual([40, 10, 10, 10, 10, 10, 10, 10]);
    const run = dryRun(method, parameters, context);
    expect(run.counts.entering).toEqual([40, 10, 10, 10, 10, 10, 10, 10]);
  });

  it('refuses methods that renumber differently, with what works', () => {
    expect(() => parseMethods('fastv+pyramiddrop')).toThrow(
      /fastv \(keeps positions\) and pyramiddrop \(renumbers them\).*--layer-specs/,
    );
  });

  it('refuses two methods at one site', () => {
    const method = parseMethods('divprune+gprune');
    const context = contractContext(144, { kind: 'native' });
    const parameters = resolveParameters(method, {}, context);
    expect(() => method.start(parameters, context)).toThrow(
      /divprune and gprune both act at input/,
    );
  });

  it('names the nearest method, and refuses empty parts', () => {
    expect(() => parseMethods('visionzip+fastvv')).toThrow(/did you mean fastv/);
    expect(() => parseMethods('visionzip+')).toThrow(/empty part/);
  });

  it('shares a site with one that only looks', () => {
    const method = composeMethods([
      { method: 'sparsevlm', parameters: { layers: '2', keeps: '20' } },
      { method: 'fastervlm', parameters: { keep: 60 } },
    ]);
    const context = contractContext(144, { kind: 'native' });
    const parameters = resolveParameters(method, {}, context);
    const { counts } = dryRun(method, parameters, context);
    expect(counts.entering.slice(0, 3)).toEqual([60, 60, 60]);
    expect(counts.entering[3]).toBeLessThan(30);
  });
});

describe('a composition', () => {
  it('is idle where every part is that acts there', () => {
    const context = contractContext(144, { kind: 'native' });
    const rows = initialRows([0, 1, 2]);
    const part = (layers: readonly number[], idle?: boolean) => (name: string) => {
      registerMethod({
        ...findMethod('none'),
        name,
        start: () => ({
          sites: layers.map((layer) => ({
            site: { kind: 'layer', layer },
            signals: [],
            observes: true,
          })),
          decide: () => undefined,
          ...(idle === undefined ? {} : { idleAt: () => idle }),
          report: () => ({ parameters: {} }),
        }),
      });
      return { method: name };
    };
    type NamedPart = ReturnType<typeof part>;
    const idleAt = (first: NamedPart, second: NamedPart, layer: number) =>
      composeMethods([first('first-part'), second('second-part')]).start({}, context).idleAt!(
        { kind: 'layer', layer },
        rows,
      );
    expect(idleAt(part([2], true), part([2], true), 2)).toBe(true);
    expect(idleAt(part([2], true), part([2], false), 2)).toBe(false);
    expect(idleAt(part([2], true), part([2]), 2)).toBe(false);
    expect(idleAt(part([2], true), part([3]), 2)).toBe(true);
  });
});

describe('parseLayerSpecs', () => {
  const countsOf = (text: string, options = {}) => {
    const method = parseLayerSpecs(text, options);
    const context = contractContext(144, { kind: 'native' });
    const parameters = resolveParameters(method, {}, context);
    const { counts } = dryRun(method, parameters, context);
    expect(counts.entering).toEqual(method.simulate(parameters, context).entering);
    return counts.entering;
  };

  it.each<[string, number[]]>([
    ['2:fastv:0.5;5:pdrop:0.5', [144, 144, 72, 72, 72, 36, 36, 36]],
    ['2:fastv:0.5,5:pdrop_intra_llm:0.5', [144, 144, 72, 72, 72, 36, 36, 36]],
    ['3:random', [144, 144, 144, 72, 72, 72, 72, 72]],
    ['0:divprune_pre_llm:0.25; 4:random_intra_llm:0.5', [36, 36, 36, 36, 18, 18, 18, 18]],
    ['0:gprune:0.5', [72, 72, 72, 72, 72, 72, 72, 72]],
    ['2:fitprune:0.5', [144, 144, 144, 72, 72, 72, 72, 72]],
    // 10 pivots of the picture, and int(144 · 0.5 / 15) tokens for each of 15.
    ['2:dart:0.5', [144, 144, 70, 70, 70, 70, 70, 70]],
  ])('%s', (text, entering) => {
    expect(countsOf(text)).toEqual(entering);
  });

  it('keeps the keep ratio where a stage has none', () => {
    expect(countsOf('2:fastv', { keepRatio: 0.25 })[2]).toBe(36);
  });

  it.each<[string, RegExp]>([
    ['2:fastv:1.5', /share that is kept, above 0 and at most 1, not 1.5/],
    ['2:fastv:', /at most 1/],
    ['x:fastv', /whole number of at least 0, not x/],
    ['2:fastvv:0.5', /no fastvv inside the decoder; did you mean fastv\?/],
    ['2:gprune:0.5', /gprune does not act inside the decoder/],
    ['3:divprune_pre_llm:0.5', /its layer is 0/],
    ['fastv', /does not have that form/],
    [';', /no stage/],
  ])('refuses %s', (text, message) => {
    expect(() => parseLayerSpecs(text)).toThrow(message);
  });

  it('refuses layers that the decoder does not have', () => {
    const context = contractContext(144, { kind: 'native' });
    expect(() => resolveParameters(parseLayerSpecs('99:fastv:0.5'), {}, context)).toThrow(
      /Expected integer in \[1, 7\] for parameter layer of method fastv but received 99/,
    );
    expect(() => resolveParameters(parseLayerSpecs('99:pdrop:0.5'), {}, context)).toThrow(
      /\[1, 7\].*layers of method pyramiddrop/,
    );
  });
});
