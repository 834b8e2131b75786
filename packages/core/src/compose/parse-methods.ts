import { AutopruneError } from '../errors.js';
import type { Method } from '../method.js';
import { findMethod } from '../registry.js';
import { composeMethods } from './compose-methods.js';

/**
 * The method that a text names: one (`fastv`), or several joined by plus signs (`visionzip+fastv+snapkv`).
 *
 * @throws METHOD_UNKNOWN with the nearest name; METHOD_CONFLICT with the reason
 */
export function parseMethods(text: string): Method {
  const names = text.split('+').map((name) => name.trim());
  if (names.length === 1) return findMethod(text);
  if (names.includes('')) {
    throw new AutopruneError(
      'METHOD_UNKNOWN',
      `The method ${JSON.stringify(text)} has an empty part; write names joined by plus signs, as in visionzip+fastv`,
      { text },
    );
  }
  return composeMethods(names.map((method) => ({ method })));
}
