import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AutopruneError } from '../errors.js';
import { anySignal, attentionOf, pure, RUNS } from './__fixtures__/properties.js';
import { fitpruneFit } from './fitprune-fit.js';

/** Tokens processed: what a layer costs here. */
const work = (entering: readonly number[]) => entering.reduce((sum, count) => sum + count, 0);

const layerOf = (values: number[]) => ({
  self: Float32Array.from(values),
  cross: Float32Array.from(values),
});

describe('fitpruneFit', () => {
  it('deletes nothing where nothing has to go', () => {
    const samples = [[layerOf([1, 2, 3]), layerOf([1, 2, 3])]];
    const fit = fitpruneFit(samples, { targetFlops: 6, flops: work });
    expect(fit).toEqual({ remove: [0, 0], alpha: 0, flops: 6 });
  });

  it('deletes tokens that nobody looks at first', () => {
    const samples = [[layerOf([0, 8, 0, 8]), layerOf([0, 8, 0, 8])]];
    // Two tokens go in the first layer, for free, so that the second one has two.
    expect(fitpruneFit(samples, { targetFlops: 6, flops: work }).remove).toEqual([2, 0]);
  });

  it('deletes only what is low by both kinds of attention', () => {
    const layer = { self: Float32Array.of(0, 9, 1, 1), cross: Float32Array.of(9, 0, 1, 1) };
    const { remove, alpha } = fitpruneFit([[layer, layer]], { targetFlops: 6, flops: work });
    expect(remove).toEqual([2, 0]);
    expect(alpha).toBeGreaterThan(2 / 11);
    expect(alpha).toBeLessThan(2 / 11 + 0.02);
  });

  it('reaches its target with the smallest share that does', () => {
    fc.assert(
      fc.property(
        anySignal,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 1, max: 30 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (signal, samples, layers, tokens, share) => {
          const data = attentionOf(signal, 2 * samples * layers, tokens);
          // The first layer is full whatever is deleted.
          const targetFlops = tokens + share * (layers - 1) * tokens;
          const fit = pure([data], (values) => {
            const row = (index: number) => values.subarray(index * tokens, (index + 1) * tokens);
            return fitpruneFit(
              Array.from({ length: samples }, (_, sample) =>
                Array.from({ length: layers }, (_, layer) => ({
                  self: row(2 * (sample * layers + layer)),
                  cross: row(2 * (sample * layers + layer) + 1),
                })),
              ),
              { targetFlops, flops: work },
            );
          });
          expect(fit.flops).toBeLessThanOrEqual(targetFlops);
          expect(fit.remove.length).toBe(layers);
          expect(Math.min(...fit.remove)).toBeGreaterThanOrEqual(0);
          expect(fit.alpha).toBeLessThanOrEqual(1);
        },
      ),
      RUNS,
    );
  });

  it('says what the least cost is when the target is below it', () => {
    let thrown: unknown;
    try {
      fitpruneFit([[layerOf([1, 2])]], { targetFlops: 1, flops: work });
    } catch (error) {
      thrown = error;
    }
    expect(AutopruneError.isInstance(thrown, 'BUDGET_UNREACHABLE')).toBe(true);
    expect((thrown as Error).message).toContain('costs 2 FLOPs');
  });

  it('refuses negative attention and samples that do not fit together', () => {
    const options = { targetFlops: 1, flops: work };
    expect(() => fitpruneFit([[layerOf([1, -1])]], options)).toThrow(/token 1/);
    expect(() => fitpruneFit([[layerOf([1])], []], options)).toThrow(/layers of a sample/);
    expect(() => fitpruneFit([], options)).toThrow(/samples/);
  });
});
