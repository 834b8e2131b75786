import type { RowContent, TokenRows } from '@autoprune/core';
import { gridSize, type VisionConfig } from '../families/model-config.js';
import type { PreparedPicture } from './pictures.js';

/**
 * The rows of the vision tower, tile after tile over all pictures, CLS first in each. Patches that the packing leaves
 * out (pure padding of a tile) are merged rows of nothing; see {@link isOutside}.
 */
export function towerRows(
  pictures: readonly PreparedPicture[],
  vision: VisionConfig,
  saliency?: Float32Array,
): TokenRows {
  const patches = gridSize(vision) ** 2;
  const perTile = patches + (vision.dropCls ? 0 : 1);
  const contents: RowContent[] = [];
  let before = 0;
  pictures.forEach((picture, image) => {
    const positionOf = new Map<number, number>();
    picture.packing.sources.forEach((source, position) => {
      if (source >= 0) positionOf.set(source, before + position);
    });
    for (let tile = 0; tile < picture.tiles; tile++) {
      const place = { image, tile };
      if (vision.dropCls) contents.push({ kind: 'cls', place });
      for (let token = 0; token < perTile; token++) {
        const position = positionOf.get(tile * perTile + token);
        contents.push(
          position === undefined
            ? { kind: 'merged', positions: [] }
            : { kind: 'patch', position, place },
        );
      }
    }
    before += picture.tokens;
  });
  return {
    contents,
    sizes: new Float32Array(contents.length).fill(1),
    positions: Int32Array.from(contents, (content) =>
      content.kind === 'patch' ? content.position : -1,
    ),
    ...(saliency ? { saliency } : {}),
  };
}

/** Whether a row shows nothing of the picture. */
export function isOutside(content: RowContent): boolean {
  return content.kind === 'merged' && content.positions.length === 0;
}
