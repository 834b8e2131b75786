import type { Method } from '../method.js';
import { registerMethod } from '../registry.js';
import { autoprune } from './autoprune.js';
import { cdpruner } from './cdpruner.js';
import { dart } from './dart.js';
import { divprune } from './divprune.js';
import { fastervlm } from './fastervlm.js';
import { fastv } from './fastv.js';
import { firstN } from './first-n.js';
import { fitprune } from './fitprune.js';
import { gprune } from './gprune.js';
import { h2o } from './h2o.js';
import { holov } from './holov.js';
import { lookM } from './look-m.js';
import { meanPooling } from './mean-pooling.js';
import { mustdrop } from './mustdrop.js';
import { none } from './none.js';
import { prumerge } from './prumerge.js';
import { prumergePlus } from './prumerge-plus.js';
import { pyramiddrop } from './pyramiddrop.js';
import { pyramidkv } from './pyramidkv.js';
import { random } from './random.js';
import { randomKv } from './random-kv.js';
import { scope } from './scope.js';
import { snapkv } from './snapkv.js';
import { sparsevlm } from './sparsevlm.js';
import { sparsevlmV2 } from './sparsevlm-v2.js';
import { streamingllm } from './streamingllm.js';
import { tome } from './tome.js';
import { visionzip } from './visionzip.js';
import { vispruner } from './vispruner.js';
import { vlCache } from './vl-cache.js';
import { vscan } from './vscan.js';
import { vtw } from './vtw.js';

/** Every method of the package, in the order of the table: ours, before the decoder, inside it, on its cache, controls. */
export const methods: readonly Method[] = [
  none,
  autoprune,
  tome,
  prumerge,
  prumergePlus,
  visionzip,
  fastervlm,
  vispruner,
  gprune,
  divprune,
  cdpruner,
  holov,
  scope,
  vscan,
  meanPooling,
  fastv,
  sparsevlm,
  sparsevlmV2,
  pyramiddrop,
  dart,
  fitprune,
  mustdrop,
  vtw,
  streamingllm,
  h2o,
  snapkv,
  pyramidkv,
  lookM,
  vlCache,
  random,
  firstN,
  randomKv,
];

/** Makes every method of the package known by name. */
export function registerAllMethods(): void {
  methods.forEach(registerMethod);
}

export {
  autoprune,
  cdpruner,
  dart,
  divprune,
  fastervlm,
  fastv,
  firstN,
  fitprune,
  gprune,
  h2o,
  holov,
  lookM,
  meanPooling,
  mustdrop,
  none,
  prumerge,
  prumergePlus,
  pyramiddrop,
  pyramidkv,
  random,
  randomKv,
  scope,
  snapkv,
  sparsevlm,
  sparsevlmV2,
  streamingllm,
  tome,
  visionzip,
  vispruner,
  vlCache,
  vscan,
  vtw,
};
