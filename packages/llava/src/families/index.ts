import { AutopruneError } from '@autoprune/core';
import type { FamilyAdapter } from './family.js';
import { llava15 } from './llava-15.js';
import { llavaNext } from './llava-next.js';
import { llavaOriginal } from './llava-original.js';

const families: readonly FamilyAdapter[] = [llava15, llavaNext, llavaOriginal];

/**
 * The adapter of a checkpoint.
 *
 * @throws CHECKPOINT_UNSUPPORTED naming the model type and the families that work
 */
export function findFamily(file: string, config: Readonly<Record<string, unknown>>): FamilyAdapter {
  const family = families.find((adapter) => adapter.matches(config));
  if (family) return family;
  throw new AutopruneError(
    'CHECKPOINT_UNSUPPORTED',
    `${file}: model_type ${JSON.stringify(config.model_type ?? null)} is not supported yet; supported families: ${families.map(({ name }) => name).join(', ')}`,
    { file, modelType: config.model_type },
  );
}
