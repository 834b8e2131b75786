/** A test kit for methods: dry runs without a model, and the contract that every method keeps. */
export { assertMethodContract, type ContractOptions, contractContext } from './contract.js';
export { type DryRun, type DryRunOptions, dryRun } from './dry-run.js';
export type { DryValues } from './dry-signals.js';
