import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { processAnyres } from './anyres.js';
import { processClip, processPad } from './clip-processor.js';
import { parseClipProcessorConfig } from './clip-processor-config.js';
import type { Placement } from './placement.js';

const side = 56;
const config = parseClipProcessorConfig({ size: side, crop_size: side }, 'test');

/** A grey picture with one white block whose centre is (x, y), in pixels at edges. */
function marked(width: number, height: number, x: number, y: number, reach: number) {
  const data = new Uint8Array(width * height * 3).fill(100);
  for (let row = y - reach; row < y + reach; row++) {
    for (let column = x - reach; column < x + reach; column++) {
      data.fill(255, (row * width + column) * 3, (row * width + column) * 3 + 3);
    }
  }
  return { width, height, data };
}

/** The centre of what is brighter than grey in the first channel, in pixels at edges. */
function brightCentre(tile: Uint8Array): { x: number; y: number } | undefined {
  let sum = 0;
  let x = 0;
  let y = 0;
  for (let index = 0; index < side * side; index++) {
    const excess = Math.max(tile[index]! - 140, 0);
    sum += excess;
    x += excess * ((index % side) + 0.5);
    y += excess * (Math.floor(index / side) + 0.5);
  }
  return sum < 2000 ? undefined : { x: x / sum, y: y / sum };
}

const original = (placement: Placement, tile: { x: number; y: number }) => ({
  x: (tile.x - placement.offsetX) / placement.scaleX,
  y: (tile.y - placement.offsetY) / placement.scaleY,
});

const anyMark = fc
  .record({ width: fc.integer({ min: 100, max: 220 }), height: fc.integer({ min: 100, max: 220 }) })
  .chain(({ width, height }) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      x: fc.integer({ min: 20, max: width - 20 }),
      y: fc.integer({ min: 20, max: height - 20 }),
    }),
  );

describe('placement', () => {
  it('leads from a tile back to the original picture', () => {
    fc.assert(
      fc.property(anyMark, ({ width, height, x, y }) => {
        const picture = marked(width, height, x, y, 12);
        const anyres = processAnyres(picture, config, [
          { width: side * 2, height: side },
          { width: side, height: side * 2 },
          { width: side * 2, height: side * 2 },
        ]);
        const single = [processClip(picture, config), processPad(picture, config)];
        const tiles = [
          ...single.map(({ data, placement }) => ({ data, placement })),
          ...anyres.tiles.map((data, at) => ({ data, placement: anyres.placements[at]! })),
        ];
        let seen = 0;
        for (const { data, placement } of tiles) {
          // The block as the tile should show it; skip tiles that cut it.
          const left = (x - 12) * placement.scaleX + placement.offsetX;
          const right = (x + 12) * placement.scaleX + placement.offsetX;
          const top = (y - 12) * placement.scaleY + placement.offsetY;
          const bottom = (y + 12) * placement.scaleY + placement.offsetY;
          if (left < 1 || top < 1 || right > side - 1 || bottom > side - 1) continue;
          const centre = brightCentre(data);
          expect(centre).toBeDefined();
          const back = original(placement, centre!);
          // Half a pixel of the tile, in pixels of the original.
          expect(Math.abs(back.x - x)).toBeLessThan(0.5 / placement.scaleX);
          expect(Math.abs(back.y - y)).toBeLessThan(0.5 / placement.scaleY);
          seen++;
        }
        expect(seen).toBeGreaterThanOrEqual(2);
      }),
      { numRuns: 60 },
    );
  });
});
