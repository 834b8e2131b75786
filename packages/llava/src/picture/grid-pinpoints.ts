import { AutopruneError } from '@autoprune/core';
import { z } from 'zod';
import type { Extent } from './picture.js';

/**
 * Which side comes first in a stored pinpoint. Hugging Face's preprocessor_config.json means (height, width),
 * LLaVA's config.json (width, height). The published lists hold each pair both ways round, so the two differ
 * only where both fit a picture equally (a square one): then the first of the list wins.
 */
export type PinpointOrder = 'height-width' | 'width-height';

const pairs = z.array(z.tuple([z.int().positive(), z.int().positive()])).min(1);

/** Python's literal, as some LLaVA configurations store it: "[(336, 672), (672, 336)]". */
function fromLiteral(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(
      value
        .replaceAll('(', '[')
        .replaceAll(')', ']')
        .replace(/,\s*\]/g, ']'),
    );
  } catch {
    return value;
  }
}

/**
 * Reads `image_grid_pinpoints`: a list of pairs, or the same as a Python literal in a string.
 *
 * @param file  the configuration, for messages
 * @returns sizes in pixels, in the order of the list (it decides between equals)
 * @throws PROCESSOR_INVALID
 */
export function parseGridPinpoints(value: unknown, order: PinpointOrder, file: string): Extent[] {
  const parsed = pairs.safeParse(fromLiteral(value));
  if (!parsed.success) {
    throw new AutopruneError(
      'PROCESSOR_INVALID',
      `${file}: image_grid_pinpoints must be a list of pairs of whole numbers; take the file from the checkpoint again`,
      { file, field: 'image_grid_pinpoints', value },
      { cause: parsed.error },
    );
  }
  return parsed.data.map(([first, second]) =>
    order === 'height-width' ? { height: first, width: second } : { width: first, height: second },
  );
}
