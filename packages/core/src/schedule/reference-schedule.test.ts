import { describeGoldens } from '@autoprune/testing';
import { expect, it } from 'vitest';
import { AutopruneError } from '../errors.js';
import { fitSchedule } from './fit-schedule.js';
import { mergePoolSize } from './merge-counts.js';
import { fitReferenceSchedule } from './reference-schedule.js';
import { slopeOf } from './retention-curve.js';

interface ScheduleCase {
  id: string;
  group: string;
  layers: number;
  visualTokens: number;
  target: number;
  x0: number;
  k?: number | string;
  k0?: number;
  gamma?: number;
  mi?: number;
  cappedTokens: number;
  baseCurve: number[];
  quickEstimate: number | null;
  targetTotal: number;
  earlyExit: boolean;
  scale: number | null;
  bisectionMiss: number | null;
  bisectionIterations: number | null;
  keepPercent: number[];
  planned: { keep: number[]; merged: number[]; tokens: number[] };
  runtime: {
    error?: string;
    keep: number[];
    dropped: number[];
    mergePool: number[];
    merged: number[];
    visualIn: number[];
    visualOut: number[];
    averageIn: number;
    averageOut: number;
  };
  error?: string;
}

function relativeSpread(actual: ArrayLike<number>, expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  return expected.reduce((worst, value, index) => {
    const difference = Math.abs(actual[index]! - value);
    return Math.max(worst, difference === 0 ? 0 : difference / Math.abs(value));
  }, 0);
}

describeGoldens('autoprune/schedule', ['autoprune/schedule.json'], (set) => {
  const { cases } = set.json<{ cases: ScheduleCase[] }>('autoprune/schedule.json');
  set.each(
    cases,
    (one) => `${one.id} (${one.group})`,
    (one) => {
      const run = () => {
        const slope =
          one.mi === undefined
            ? Number(one.k)
            : slopeOf(one.mi, { k0: one.k0!, gamma: one.gamma! });
        return fitReferenceSchedule({
          layers: one.layers,
          visualTokens: one.visualTokens,
          targetTokens: one.target,
          slope,
          x0: one.x0,
          cappedTokens: one.cappedTokens,
        });
      };
      if (one.error !== undefined) {
        expect(run).toThrow(AutopruneError);
        return;
      }
      const fitted = run();
      expect(relativeSpread(fitted.baseCurve, one.baseCurve)).toBeLessThanOrEqual(1e-12);
      expect(relativeSpread(fitted.keepShare, one.keepPercent)).toBeLessThanOrEqual(1e-12);
      expect(fitted.earlyExit).toBe(one.earlyExit);
      if (one.quickEstimate !== null) {
        expect(fitted.quickEstimate).toBe(one.quickEstimate);
        expect(fitted.targetTotal).toBe(one.targetTotal);
      }
      if (one.scale === null) expect(fitted.scale).toBeNull();
      else expect(relativeSpread([fitted.scale!], [one.scale])).toBeLessThanOrEqual(1e-12);
      expect(fitted.bisectionMiss).toBe(one.bisectionMiss);
      expect(fitted.bisectionIterations).toBe(one.bisectionIterations);
      expect(fitted.planned.keep).toEqual(one.planned.keep);
      expect(fitted.planned.merged).toEqual(one.planned.merged);
      expect(fitted.planned.tokens).toEqual(one.planned.tokens);
      if (one.runtime.error !== undefined) {
        expect(fitted.runtime).toBeNull();
        return;
      }
      const runtime = fitted.runtime!;
      expect(runtime.keep).toEqual(one.runtime.keep);
      expect(runtime.dropped).toEqual(one.runtime.dropped);
      expect(runtime.merged).toEqual(one.runtime.merged);
      expect(runtime.entering).toEqual(one.runtime.visualIn);
      expect(runtime.leaving).toEqual(one.runtime.visualOut);
      const pools = runtime.dropped.map((dropped) =>
        dropped === 0 ? 0 : mergePoolSize(dropped, { share: 0.3, divisor: 10 }),
      );
      expect(pools).toEqual(one.runtime.mergePool);
    },
  );
});

it('is what fitSchedule returns with reference', () => {
  const schedule = fitSchedule({
    visualTokens: 576,
    slope: 0.2,
    budget: { kind: 'meanLeaving', value: 64 },
    reference: true,
  });
  expect(schedule.entering).toEqual([
    576, 160, 121, 118, 117, 115, 112, 109, 106, 102, 98, 94, 88, 83, 77, 71, 65, 59, 52, 46, 41,
    36, 31, 27, 23, 20, 17, 14, 12, 10, 9, 8,
  ]);
  expect(schedule.meanLeaving).toBe(64);
});
