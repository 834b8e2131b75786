import { spawnSync } from 'node:child_process';
import { INTERFACE_VERSION } from './addon.js';

/** What the other process does: loads the addon, and runs every instruction set on a small problem. */
const PROBE = `
const addon = require(process.argv[1]);
if (addon.interfaceVersion !== ${INTERFACE_VERSION}) {
  console.error('it speaks interface ' + addon.interfaceVersion + ' and this package ${INTERFACE_VERSION}');
  process.exit(3);
}
const tokens = Float32Array.from({ length: 40 * 24 }, (_, i) => Math.sin(i * i));
for (const path of addon.paths) {
  const kernels = addon.kernels(path);
  const distance = new Float32Array(40 * 40);
  const order = new Int32Array(3);
  const information = new Float64Array(2);
  const done = kernels.pairDistances(tokens, 24, distance)
    && kernels.selectMaxMin(tokens, 24, order)
    && kernels.mutualInformation(tokens.map(Math.abs), 2, 20, information)
    && kernels.selectTopTokens(tokens, order);
  if (!done || distance[1] !== distance[40] || !(distance[1] > 0)) {
    console.error('the instruction set ' + path + ' gives wrong results');
    process.exit(3);
  }
}
`;

/** Longest time that the test may take; it takes 50 ms where nothing is wrong. */
const TIMEOUT_MS = 20_000;

/**
 * Loads an addon in a process of its own, so that one that crashes does not take this process with it.
 *
 * @returns what is wrong with it, or nothing
 */
export function addonFault(path: string): string | undefined {
  const { status, signal, stderr, error } = spawnSync(process.execPath, ['-e', PROBE, path], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    windowsHide: true,
    // Options of this process (a debugger, loaders) are none of the probe's business.
    env: { ...process.env, NODE_OPTIONS: '', ELECTRON_RUN_AS_NODE: '1' },
  });
  if (error) return error.message;
  if (signal) return `it ended the process that loaded it (${signal})`;
  if (status === 0) return undefined;
  const lines = stderr.split('\n').map((line) => line.trim());
  return lines.find((line) => /^(\w*Error: |it |the )/.test(line)) ?? `exit code ${status}`;
}
