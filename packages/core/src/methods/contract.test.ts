import { describe, expect, it } from 'vitest';
import { resolveParameters } from '../parameters.js';
import { assertMethodContract, contractContext, dryRun } from '../testing/index.js';
import { methods } from './index.js';

describe('the contract of methods', () => {
  it.each(methods.map((method) => [method.name, method] as const))('%s', (_, method) => {
    assertMethodContract(method, { visualTokens: [1, 4, 36, 144] });
  });

  it.each(methods.map((method) => [method.name, method] as const))(
    '%s keeps to it on 2916 tokens',
    (_, method) => {
      const context = contractContext(2916, { kind: 'native' });
      const parameters = resolveParameters(method, {}, context);
      const { counts } = dryRun(method, parameters, context);
      expect(counts.entering.every((count) => count >= 0 && count <= 2917)).toBe(true);
    },
    120_000,
  );
});
