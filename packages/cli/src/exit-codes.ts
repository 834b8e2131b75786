import { AutopruneError } from '@autoprune/core';
import { CommanderError } from 'commander';

/** Exit codes of the command, public. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  notFound: 3,
  unsupported: 4,
  outOfMemory: 5,
  failedSamples: 6,
  interrupted: 130,
} as const;

const NOT_FOUND = [
  'PICTURE_NOT_FOUND',
  'CHECKPOINT_NOT_FOUND',
  'TEMPLATE_NOT_FOUND',
  'HUB_NOT_FOUND',
  'HUB_OFFLINE',
  'DATA_NOT_FOUND',
  'RUN_NOT_FOUND',
  'METHOD_NOT_FOUND',
];
const UNSUPPORTED = ['BACKEND_UNAVAILABLE', 'CHECKPOINT_UNSUPPORTED', 'SIGNAL_UNSUPPORTED'];
const UNEXPECTED = [
  'BACKEND_FAILED',
  'CACHE_FAILED',
  'OUTPUT_FAILED',
  'GRAPH_INVALID',
  'SEQUENCE_CLOSED',
  'HUB_ANSWER_INVALID',
  'HUB_BUSY',
  'HUB_CORRUPT',
  'HUB_UNREACHABLE',
  'LISTEN_FAILED',
  'MODEL_UNAVAILABLE',
];

/** The exit code of an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (isAbort(error)) return EXIT.interrupted;
  if (!AutopruneError.isInstance(error)) return EXIT.unexpected;
  const { code } = error;
  if (NOT_FOUND.includes(code)) return EXIT.notFound;
  if (UNSUPPORTED.includes(code)) return EXIT.unsupported;
  if (code === 'OUT_OF_MEMORY') return EXIT.outOfMemory;
  if (UNEXPECTED.includes(code)) return EXIT.unexpected;
  return EXIT.usage;
}

/** True for the reason of an aborted signal. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
