import { defineConfig } from 'tsup';
import { publishedBuild } from '../../tsup.base.js';

export default defineConfig(
  publishedBuild({
    entry: [
      'src/index.ts',
      'src/random.ts',
      'src/compose/index.ts',
      'src/fitting/index.ts',
      'src/testing/index.ts',
      'src/selection-kernels.ts',
      'src/methods/*.ts',
      '!src/methods/*.test.ts',
    ],
    platform: 'neutral',
    // Nothing of Node in here.
    shims: false,
  }),
);
