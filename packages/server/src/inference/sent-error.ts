import { AutopruneError } from '@autoprune/core';
import type { SentError } from './protocol.js';

/** An error as a message; details that cannot be copied between processes stay behind. */
export function sendError(error: unknown): SentError {
  if (!AutopruneError.isInstance(error)) {
    return { message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  const { code, message, details } = error;
  const plain = Object.fromEntries(
    Object.entries(details).filter(([, value]) => typeof value !== 'function'),
  );
  return { code, message, details: plain };
}

/** The error of a message. */
export function receiveError({ code, message, details }: SentError): Error {
  return code === undefined ? new Error(message) : new AutopruneError(code, message, details);
}
