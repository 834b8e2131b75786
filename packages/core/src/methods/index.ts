import type { Method } from '../method.js';
import { registerMethod } from '../registry.js';
import { autoprune } from './autoprune.js';
import { fastv } from './fastv.js';
import { none } from './none.js';
import { random } from './random.js';

/** Every method of the package, in the order of the table. */
export const methods: readonly Method[] = [none, autoprune, fastv, random];

/** Makes every method of the package known by name. */
export function registerAllMethods(): void {
  methods.forEach(registerMethod);
}

export { autoprune, fastv, none, random };
