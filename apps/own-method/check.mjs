// Checks the methods as their author would, before anyone runs them: node apps/own-method/check.mjs
import { isDeepStrictEqual } from 'node:util';
import { resolveParameters } from '@autoprune/core';
import { fastv } from '@autoprune/core/methods/fastv';
import { firstN } from '@autoprune/core/methods/first-n';
import { assertMethodContract, contractContext, dryRun } from '@autoprune/core/testing';
import firstTokens from './first-tokens.mjs';
import lastRowAttention from './last-row-attention.mjs';

/** Everything that a method decides in a run without a model. */
function decisionsOf(method, context) {
  const { counts, maps } = dryRun(method, resolveParameters(method, {}, context), context);
  return { counts, maps };
}

for (const [own, core] of [
  [firstTokens, firstN],
  [lastRowAttention, fastv],
]) {
  assertMethodContract(own);
  for (const value of [0.4, 0.5, 0.8]) {
    const context = contractContext(144, { kind: 'flops', value });
    if (!isDeepStrictEqual(decisionsOf(own, context), decisionsOf(core, context))) {
      throw new Error(`${own.name} does not do what ${core.name} does at flops=${value}`);
    }
  }
  console.log(`${own.name} keeps the contract, and decides what core's ${core.name} decides`);
}
