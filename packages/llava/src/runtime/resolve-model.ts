import { stat } from 'node:fs/promises';
import { AutopruneError } from '@autoprune/core';

/** A model reference, resolved. */
export interface ResolvedModel {
  /** What reports call the model. */
  readonly id: string;
  readonly folder: string;
}

/** `org/name`, as on the Hugging Face hub. */
const HUB_ID = /^[\w.-]+\/[\w.-]+$/;

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
 * The folder of a model reference: `tiny`, or a folder.
 *
 * @throws CHECKPOINT_NOT_FOUND saying what was looked for
 */
export async function resolveModel(ref: string): Promise<ResolvedModel> {
  if (ref === 'tiny') return { id: 'tiny', folder: await embeddedModel() };
  const info = await stat(ref).catch(() => undefined);
  if (info) return { id: ref, folder: ref };
  const hint = HUB_ID.test(ref)
    ? 'models of the hub cannot be fetched yet: download the checkpoint and give its folder'
    : 'give a folder with config.json and weights, or tiny for the embedded model';
  throw new AutopruneError('CHECKPOINT_NOT_FOUND', `${ref}: there is no such folder; ${hint}`, {
    ref,
  });
}
