import { type SignalRequest, signalKey } from '@autoprune/core';
import { tileTokens } from '../families/model-config.js';
import { breathe } from './breathe.js';
import type { ModelContext } from './model-context.js';
import { packSaliency, packTokens } from './packing.js';
import type { PreparedPicture } from './pictures.js';

/** What pictures are encoded for. */
export interface PictureWants {
  readonly tokens: boolean;
  readonly saliency: boolean;
  readonly signals: readonly SignalRequest[];
}

/** Encodes what is not encoded yet; what a picture has once been encoded for stays with it. */
export async function encodePictures(
  { backend, files }: ModelContext,
  pictures: readonly PreparedPicture[],
  wants: PictureWants,
  signal: AbortSignal,
): Promise<void> {
  const { hiddenSize } = files.config.decoder;
  for (const picture of pictures) {
    const { tiles, packing, encoded: known } = picture;
    const missing = {
      tokens: wants.tokens && !known?.tokens,
      saliency: wants.saliency && !known?.saliency,
      signals: wants.signals.filter((request) => !known?.signals.has(signalKey(request))),
    };
    if (!missing.tokens && !missing.saliency && missing.signals.length === 0) continue;
    const fresh = await backend.encode(picture.pixels, tiles, { ...missing, signal });
    if (fresh.saliency) hidePadding(picture, fresh.saliency, 0);
    for (const [key, values] of fresh.signals) {
      if (key.startsWith('saliency')) {
        hidePadding(picture, values, values.length / tiles - tileTokens(files.config.vision));
      }
    }
    const tokens = fresh.tokens
      ? packTokens(packing, fresh.tokens, hiddenSize, files.newline)
      : known?.tokens;
    const saliency = fresh.saliency ? packSaliency(packing, fresh.saliency) : known?.saliency;
    picture.encoded = {
      ...(tokens ? { tokens } : {}),
      ...(saliency ? { saliency } : {}),
      signals: new Map([...(known?.signals ?? []), ...fresh.signals]),
    };
    await breathe();
  }
}

/** Padding gets attention too, but there is nothing to see in it. `first` rows of the tile come before the patches. */
export function hidePadding(
  { padding }: PreparedPicture,
  saliency: Float32Array,
  first: number,
): void {
  padding?.forEach((pure, token) => {
    if (pure) saliency[first + token] = 0;
  });
}
