import { AutopruneError } from './errors.js';
import type { Method } from './method.js';
import { autoprune } from './methods/autoprune.js';
import { none } from './methods/none.js';
import { suggestion } from './parameters.js';

/** On globalThis, so that two copies of the package (ESM and CommonJS, say) share one table. */
const key = Symbol.for('@autoprune/methods');

function table(): Map<string, Method> {
  const holder = globalThis as { [key]?: Map<string, Method> };
  holder[key] ??= new Map([none, autoprune].map((method) => [method.name, method]));
  return holder[key];
}

/**
 * Adds a method to the table, so that its name works wherever a method is asked for. The same name again
 * replaces the method.
 */
export function registerMethod(method: Method): void {
  table().set(method.name, method);
}

/** Methods known by name: `none`, `autoprune`, and those that were registered. */
export function registeredMethods(): readonly Method[] {
  return [...table().values()];
}

/**
 * A registered method.
 *
 * @throws METHOD_UNKNOWN with the nearest name
 */
export function findMethod(name: string): Method {
  const method = table().get(name);
  if (method) return method;
  const names = [...table().keys()];
  throw new AutopruneError(
    'METHOD_UNKNOWN',
    `Unknown method ${JSON.stringify(name)}${suggestion(name, names)} (known: ${names.join(', ')})`,
    { name, names },
  );
}
