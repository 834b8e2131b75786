import { AutopruneError } from '@autoprune/core';
import { describeGoldens } from '@autoprune/testing';
import { describe, expect, it } from 'vitest';
import { processAnyres } from './anyres.js';
import { selectBestResolution } from './best-resolution.js';
import { resizedSize } from './clip-processor.js';
import { parseClipProcessorConfig } from './clip-processor-config.js';
import { parseGridPinpoints } from './grid-pinpoints.js';

interface SizeCase {
  height: number;
  width: number;
  llava_next336_best_height_width: [number, number];
  llava_onevision384_best_height_width: [number, number];
  shortest_edge336_height_width: [number, number];
}

const nextFile = 'models/processors/llava_next336/results.json';
const oneVisionFile = 'models/processors/llava_onevision384/results.json';
const sizesFile = 'models/processors/sizes.json';

describeGoldens('models/processors/sizes.json', [sizesFile, nextFile, oneVisionFile], (set) => {
  const { sizes } = set.json<{ sizes: SizeCase[] }>(sizesFile);
  const pinpoints = (file: string) => {
    const { config } = set.json<{ config: { image_grid_pinpoints: unknown } }>(file);
    return parseGridPinpoints(config.image_grid_pinpoints, 'height-width', file);
  };
  const next = pinpoints(nextFile);
  const oneVision = pinpoints(oneVisionFile);
  set.each(
    sizes,
    (one) => `${one.height} × ${one.width}`,
    (one) => {
      const pair = ({ height, width }: { height: number; width: number }) => [height, width];
      expect(pair(selectBestResolution(one, next))).toEqual(one.llava_next336_best_height_width);
      expect(pair(selectBestResolution(one, oneVision))).toEqual(
        one.llava_onevision384_best_height_width,
      );
      expect(pair(resizedSize(one, { shortestEdge: 336 }))).toEqual(
        one.shortest_edge336_height_width,
      );
    },
  );
});

describe('selectBestResolution', () => {
  const wide = { width: 336, height: 168 };
  const tall = { width: 168, height: 336 };
  const large = { width: 336, height: 336 };

  it('keeps most pixels, and then wastes least', () => {
    expect(selectBestResolution({ width: 320, height: 200 }, [wide, tall, large])).toBe(large);
    expect(selectBestResolution({ width: 300, height: 150 }, [large, wide])).toBe(wide);
  });

  it('fills the grid best on request, as the released AutoPrune does', () => {
    const picture = { width: 320, height: 200 };
    expect(selectBestResolution(picture, [tall, large, wide], 'least-padding')).toBe(wide);
  });

  it('takes the first of equals', () => {
    const square = { width: 100, height: 100 };
    expect(selectBestResolution(square, [tall, wide])).toBe(tall);
    expect(selectBestResolution(square, [wide, tall])).toBe(wide);
    expect(selectBestResolution(square, [wide, tall], 'least-padding')).toBe(wide);
  });
});

describe('processAnyres', () => {
  const config = parseClipProcessorConfig({ size: 4, crop_size: 4 }, 'test');
  const picture = { width: 6, height: 3, data: new Uint8Array(54).fill(200) };

  it('lists the whole picture first, then the grid row by row, with black around it', () => {
    const result = processAnyres(picture, config, [{ width: 8, height: 8 }]);
    expect(result).toMatchObject({
      width: 4,
      height: 4,
      grid: { columns: 2, rows: 2 },
      resolution: { width: 8, height: 8 },
    });
    expect(result.tiles.map((tile) => tile.length)).toEqual([48, 48, 48, 48, 48]);
    expect([...result.tiles[0]!].every((byte) => byte === 200)).toBe(true);
    const red = (tile: number) =>
      Array.from({ length: 4 }, (_, row) => result.tiles[tile]![row * 4]);
    expect(red(1)).toEqual([0, 0, 200, 200]);
    expect(red(4)).toEqual([200, 200, 0, 0]);
  });

  it('refuses a grid that is not whole tiles', () => {
    const run = () => processAnyres(picture, config, [{ width: 10, height: 8 }]);
    expect(run).toThrow(/8 × 10, which is not whole tiles of crop_size 4/);
    try {
      run();
    } catch (error) {
      expect(AutopruneError.isInstance(error, 'PROCESSOR_INVALID')).toBe(true);
    }
  });
});
