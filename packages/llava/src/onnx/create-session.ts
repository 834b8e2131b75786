import { AutopruneError } from '@autoprune/core';
import { BindingSession } from './binding-session.js';
import type { Graph } from './graph-builder.js';
import { NativeSession } from './native-session.js';
import { type GraphSession, sessionFailure } from './session.js';
import { sessionChoice } from './session-choice.js';

/**
 * Loads a graph into a session of the kind that this process uses.
 *
 * @param threads  of one operator
 * @throws BACKEND_UNAVAILABLE, BACKEND_FAILED or OUT_OF_MEMORY
 */
export async function createSession(
  name: string,
  graph: Graph,
  threads: number,
): Promise<GraphSession> {
  const { addon } = sessionChoice();
  try {
    return await (addon
      ? NativeSession.create(addon, name, graph, threads)
      : BindingSession.create(name, graph, threads));
  } catch (cause) {
    throw cause instanceof AutopruneError
      ? cause
      : sessionFailure(`could not load the ${name}`, cause);
  }
}
