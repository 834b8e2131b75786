import { kvRandom } from '../published/kv-random.js';
import { cacheMethod, HEAD_ADAPTIVE, selectionMaps } from '../wiring/cache-method.js';

/** Random cache rows and the last ones: the control of the cache methods. */
export const randomKv = /* @__PURE__ */ cacheMethod({
  name: 'random-kv',
  title: 'Random cache rows and the last ones',
  paper: null,
  repository: null,
  licence: 'Apache-2.0 (own definition)',
  signals: [],
  order: 'spatial',
  parameters: [HEAD_ADAPTIVE],
  select: ({ rows, parameters, context }) =>
    rows.map(({ length: positions }, layer) =>
      selectionMaps(
        kvRandom(
          { positions, keyValueHeads: context.geometry.keyValueHeads },
          {
            budget: parameters.budget as number,
            headAdaptive: parameters.headAdaptive as boolean,
            seed: context.seed,
            layer,
          },
        ),
        positions,
      ),
    ),
});
