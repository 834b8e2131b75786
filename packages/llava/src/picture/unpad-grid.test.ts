import { describeGoldens } from '@autoprune/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectBestResolution } from './best-resolution.js';
import { parseClipProcessorConfig } from './clip-processor-config.js';
import { unpadGrid } from './unpad-grid.js';

interface Run {
  run: string;
  image_sizes?: [number, number][];
  tokens_per_image?: number[];
}

interface ModelConfig {
  vision_config: { patch_size: number };
}

for (const checkpoint of ['llava_next_vicuna_bf16', 'llava_next_mistral_fp16']) {
  const runsFile = `models/runs/${checkpoint}/runs.json`;
  const processorFile = `models/checkpoints/${checkpoint}/preprocessor_config.json`;
  const modelFile = `models/checkpoints/${checkpoint}/config.json`;
  describeGoldens(
    `models/runs/${checkpoint} tokens per image`,
    [runsFile, processorFile, modelFile],
    (set) => {
      const config = parseClipProcessorConfig(set.json(processorFile), processorFile);
      const patch = set.json<ModelConfig>(modelFile).vision_config.patch_size;
      const { runs } = set.json<{ runs: Run[] }>(runsFile);
      set.each(
        runs.filter((one) => one.image_sizes?.length),
        (one) => one.run,
        (one) => {
          const counts = one.image_sizes!.map(([height, width]) => {
            const best = selectBestResolution({ width, height }, config.imageGridPinpoints!);
            const grid = { rows: best.height / patch, columns: best.width / patch };
            const { rows, columns } = unpadGrid({ width, height }, grid);
            return (config.cropSize.height / patch) ** 2 + rows * (columns + 1);
          });
          expect(counts).toEqual(one.tokens_per_image);
        },
      );
    },
  );
}

describe('unpadGrid', () => {
  it('takes rows from above and below a wide picture, columns from a tall one', () => {
    const grid = { rows: 48, columns: 48 };
    expect(unpadGrid({ width: 200, height: 100 }, grid)).toEqual({
      top: 12,
      left: 0,
      rows: 24,
      columns: 48,
    });
    expect(unpadGrid({ width: 100, height: 200 }, grid)).toEqual({
      top: 0,
      left: 12,
      rows: 48,
      columns: 24,
    });
    expect(unpadGrid({ width: 9, height: 9 }, grid)).toEqual({
      top: 0,
      left: 0,
      rows: 48,
      columns: 48,
    });
  });

  it('lifts a product just below a whole number, as int(round(x, 7)) does', () => {
    expect(47 * (24 / 94)).toBeLessThan(12);
    const part = unpadGrid({ width: 94, height: 47 }, { rows: 25, columns: 24 });
    expect(part).toEqual({ top: 6, left: 0, rows: 13, columns: 24 });
  });

  it('leaves a centred rectangle inside the grid that is at least as large as the picture', () => {
    const side = fc.integer({ min: 1, max: 4000 });
    const cells = fc.integer({ min: 1, max: 144 });
    fc.assert(
      fc.property(side, side, cells, cells, (width, height, rows, columns) => {
        const part = unpadGrid({ width, height }, { rows, columns });
        expect(part.top * 2 + part.rows).toBe(rows);
        expect(part.left * 2 + part.columns).toBe(columns);
        expect(part.top === 0 || part.left === 0).toBe(true);
        const scale = Math.min(columns / width, rows / height);
        expect(part.rows).toBeGreaterThanOrEqual(Math.floor(height * scale - 1e-6));
        expect(part.columns).toBeGreaterThanOrEqual(Math.floor(width * scale - 1e-6));
      }),
    );
  });
});
