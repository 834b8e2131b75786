// Checks the method as its author would, before anyone runs it: node apps/own-method/check.mjs
import { resolveParameters } from '@autoprune/core';
import { firstN } from '@autoprune/core/methods/first-n';
import { assertMethodContract, contractContext, dryRun } from '@autoprune/core/testing';
import firstTokens from './first-tokens.mjs';

assertMethodContract(firstTokens);

const context = contractContext(144, { kind: 'flops', value: 0.5 });
const countsOf = (method) =>
  dryRun(method, resolveParameters(method, {}, context), context).counts.entering.join();
if (countsOf(firstTokens) !== countsOf(firstN)) throw new Error('it does not do what first-n does');
console.log(`${firstTokens.name} keeps the contract`);
