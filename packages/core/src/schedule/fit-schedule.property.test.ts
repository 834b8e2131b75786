import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AutopruneError } from '../errors.js';
import { type DecoderGeometry, LLAVA_15_7B } from '../geometry.js';
import { fitSchedule } from './fit-schedule.js';
import { mergedCount } from './merge-counts.js';
import type { ScheduleOptions } from './schedule.js';

const geometryOf = (layers: number, heads: number): DecoderGeometry => ({
  layers,
  heads,
  keyValueHeads: heads,
  hiddenSize: 32 * heads,
  intermediateSize: 86 * heads,
});

const anyGeometry = fc
  .tuple(fc.integer({ min: 2, max: 90 }), fc.integer({ min: 1, max: 64 }))
  .map(([layers, heads]) => geometryOf(layers, heads));

const anyCurve = fc.record({
  complexity: fc.double({ min: -1, max: 4, noNaN: true }),
  x0: fc.double({ min: -5, max: 40, noNaN: true }),
  k0: fc.double({ min: 0, max: 2, noNaN: true }),
  gamma: fc.double({ min: 0, max: 1, noNaN: true }),
});

const anyPrompt = fc.record({
  visualTokens: fc.integer({ min: 1, max: 2880 }),
  textTokens: fc.integer({ min: 1, max: 200 }),
});

/** A schedule for any budget of a kind, given as a share of the way from nothing to everything. */
const fitted = (
  kind: 'meanLeaving' | 'meanEntering' | 'flops',
  share: number,
  options: ScheduleOptions,
) => {
  const value = kind === 'flops' ? share : share * options.visualTokens;
  try {
    return fitSchedule({ ...options, budget: { kind, value } });
  } catch (error) {
    if (AutopruneError.isInstance(error, 'BUDGET_UNREACHABLE')) return undefined;
    throw error;
  }
};

describe('fitSchedule', () => {
  it.each(['meanLeaving', 'meanEntering', 'flops'] as const)(
    'never grows, never falls below 1 and never exceeds what enters (%s)',
    (kind) => {
      fc.assert(
        fc.property(
          anyGeometry,
          anyCurve,
          anyPrompt,
          fc.double({ min: 0.001, max: 1, noNaN: true }),
          (geometry, curve, prompt, share) => {
            const schedule = fitted(kind, share, { geometry, ...curve, ...prompt });
            if (!schedule) return;
            const { entering, leaving, keep, merged } = schedule;
            expect(entering[0]).toBe(prompt.visualTokens);
            leaving.forEach((count, layer) => {
              expect(Number.isInteger(count)).toBe(true);
              expect(count).toBeGreaterThanOrEqual(1);
              expect(count).toBeLessThanOrEqual(entering[layer]!);
              expect(keep[layer]! + merged[layer]!).toBe(count);
              if (layer > 0) expect(entering[layer]).toBe(leaving[layer - 1]);
              // What is merged is what the merge rule makes of what was dropped.
              if (merged[layer]! > 0) {
                const dropped = entering[layer]! - keep[layer]!;
                expect(merged[layer]).toBe(mergedCount(dropped, { share: 0.3, divisor: 10 }));
              }
            });
          },
        ),
        { numRuns: 150 },
      );
    },
  );

  it.each(['meanLeaving', 'meanEntering'] as const)(
    'meets the budget within half a token (%s)',
    (kind) => {
      fc.assert(
        fc.property(
          anyGeometry,
          anyCurve,
          anyPrompt,
          fc.double({ min: 0.001, max: 1, noNaN: true }),
          (geometry, curve, prompt, share) => {
            const schedule = fitted(kind, share, { geometry, ...curve, ...prompt });
            if (!schedule) return;
            const met = kind === 'meanLeaving' ? schedule.meanLeaving : schedule.meanEntering;
            expect(schedule.budget.achieved).toBe(met);
            expect(Math.abs(met - schedule.budget.value)).toBeLessThanOrEqual(0.5 + 1e-9);
          },
        ),
        { numRuns: 150 },
      );
    },
  );

  it('meets target tokens to the token over all layers on the published geometry', () => {
    fc.assert(
      fc.property(anyCurve, fc.integer({ min: 1, max: 576 }), (curve, target) => {
        const { leaving } = fitSchedule({
          visualTokens: 576,
          ...curve,
          budget: { kind: 'meanLeaving', value: target },
        });
        expect(leaving.reduce((sum, count) => sum + count, 0)).toBe(32 * target);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps fewer tokens early and more late with a larger midpoint, under a fixed budget', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 0.4, noNaN: true }),
        fc.double({ min: 4, max: 24, noNaN: true }),
        fc.double({ min: 2, max: 6, noNaN: true }),
        fc.integer({ min: 32, max: 192 }),
        (slope, x0, step, target) => {
          const at = (midpoint: number) =>
            fitSchedule({
              visualTokens: 576,
              slope,
              x0: midpoint,
              budget: { kind: 'meanLeaving', value: target },
            }).leaving;
          const early = at(x0);
          const late = at(x0 + step);
          expect(late[1]!).toBeLessThanOrEqual(early[1]!);
          expect(late.at(-1)!).toBeGreaterThanOrEqual(early.at(-1)!);
          // The curves cross once: after the first layer where the later midpoint is ahead, it stays ahead.
          const ahead = late.findIndex((count, layer) => count > early[layer]! + 1);
          if (ahead >= 0) {
            for (let layer = ahead; layer < 32; layer++) {
              expect(late[layer]! + 1).toBeGreaterThanOrEqual(early[layer]!);
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('leaves everything at a budget of all tokens', () => {
    fc.assert(
      fc.property(anyGeometry, anyCurve, anyPrompt, (geometry, curve, prompt) => {
        const { leaving } = fitSchedule({
          geometry,
          ...curve,
          ...prompt,
          budget: { kind: 'meanLeaving', value: prompt.visualTokens },
        });
        expect(new Set(leaving)).toEqual(new Set([prompt.visualTokens]));
      }),
    );
  });

  it('spends the asked share of FLOPs to within one token in one layer', () => {
    for (const value of [0.15, 0.25, 0.35, 0.5, 0.75]) {
      for (const slope of [0, 0.1, 0.2, 0.4]) {
        const { flopsRatio } = fitSchedule({
          visualTokens: 576,
          slope,
          budget: { kind: 'flops', value },
        });
        expect(Math.abs(flopsRatio - value)).toBeLessThan(1 / 576 / 8);
      }
    }
  });

  it('refuses numbers that are not finite', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(Number.NaN, Infinity, -Infinity),
        fc.constantFrom('slope', 'x0', 'complexity', 'amplitude'),
        (value, name) => {
          // Infinite complexity is a slope of zero or a refused infinite slope; both are defined.
          if (name === 'complexity' && value === Infinity) return;
          expect(() => fitSchedule({ visualTokens: 576, [name]: value })).toThrow(AutopruneError);
        },
      ),
    );
    for (const value of [Number.NaN, Infinity, 0, -1]) {
      expect(() =>
        fitSchedule({ visualTokens: 576, budget: { kind: 'meanLeaving', value } }),
      ).toThrow(/meanLeaving/);
    }
  });

  it('names the reachable range when a budget is out of it', () => {
    expect(() =>
      fitSchedule({
        visualTokens: 576,
        geometry: LLAVA_15_7B,
        budget: { kind: 'meanEntering', value: 10 },
      }),
    ).toThrow(/meanEntering=10 cannot be reached.*from 18\.\d+ to 576/);
  });
});
