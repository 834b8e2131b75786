import { stat } from 'node:fs/promises';
import { AutopruneError } from '@autoprune/core';
import { isModelReference, resolveHubModel } from '../hub/index.js';

/** A model reference, resolved. */
export interface ResolvedModel {
  /** What reports call the model. */
  readonly id: string;
  readonly folder: string;
}

async function embeddedModel(): Promise<string> {
  try {
    const { modelFolder } = await import('@autoprune/tiny-llava');
    return modelFolder;
  } catch (cause) {
    throw new AutopruneError(
      'CHECKPOINT_NOT_FOUND',
      'The embedded model is not installed; run npm install @autoprune/tiny-llava',
      {},
      { cause },
    );
  }
}

/**
 * The folder of a model reference: `tiny`, a folder, or a model of the Hugging Face hub (`org/name`, or
 * `org/name@revision`) that is in the cache. Nothing is downloaded.
 *
 * @throws CHECKPOINT_NOT_FOUND saying what was looked for, and the command that brings it
 */
export async function resolveModel(ref: string): Promise<ResolvedModel> {
  if (ref === 'tiny') return { id: 'tiny', folder: await embeddedModel() };
  const info = await stat(ref).catch(() => undefined);
  if (info) return { id: ref, folder: ref };
  if (isModelReference(ref)) {
    const { id, folder } = await resolveHubModel(ref);
    return { id, folder };
  }
  throw new AutopruneError(
    'CHECKPOINT_NOT_FOUND',
    `${ref}: there is no such folder; give a folder with config.json and weights, an id of the hub (org/name), or tiny for the embedded model`,
    { ref },
  );
}
