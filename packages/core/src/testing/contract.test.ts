import { describe, expect, it } from 'vitest';
import type { Method } from '../method.js';
import { fastervlm } from '../methods/fastervlm.js';
import { keepRows } from '../select/row-map.js';
import { assertMethodContract } from './contract.js';

/** FasterVLM with another decision. */
const deciding = (decide: ReturnType<Method['start']>['decide']): Method => ({
  ...fastervlm,
  start: (parameters, context) => ({ ...fastervlm.start(parameters, context), decide }),
});

describe('assertMethodContract', () => {
  it('passes a method that keeps it', () => {
    expect(() => assertMethodContract(fastervlm)).not.toThrow();
  });

  it.each<[string, Method, RegExp]>([
    [
      'decisions that differ',
      deciding((_, { rows }) =>
        keepRows(rows.contents.length, [Math.floor(Math.random() * rows.contents.length)]),
      ),
      /two runs on the same signals differ|is planned/,
    ],
    [
      'signals that are not declared',
      deciding((_, { rows, signals }) => {
        signals.get({ kind: 'features' });
        return keepRows(rows.contents.length, []);
      }),
      /signal features is read at input but not declared/,
    ],
    [
      'rows that are not there',
      deciding((_, { rows }) => keepRows(rows.contents.length, [rows.contents.length])),
      /outside|is planned|undefined/,
    ],
    [
      'rows kept twice',
      deciding((_, { rows }) => keepRows(rows.contents.length, [0, 0])),
      /kept twice/,
    ],
    [
      'counts other than planned',
      deciding((_, { rows }) => keepRows(rows.contents.length, [])),
      /enters 0,0,0,0,0,0,0,0 where/,
    ],
    [
      'budgets that are neither met nor refused',
      { ...fastervlm, resolve: (parameters) => ({ ...parameters, keep: 1 }) },
      /was asked for/,
    ],
    [
      'decisions where the run says that it makes none',
      {
        ...fastervlm,
        start: (parameters, context) => ({
          ...fastervlm.start(parameters, context),
          idleAt: () => true,
        }),
      },
      /a decision at input, where the run is idle/,
    ],
    ['an empty title', { ...fastervlm, title: '' }, /title is empty/],
  ])('refuses %s', (_, method, message) => {
    expect(() => assertMethodContract(method)).toThrow(message);
  });
});
