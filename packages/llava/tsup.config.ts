import { defineConfig } from 'tsup';
import { publishedBuild } from '../../tsup.base.js';

export default defineConfig(
  publishedBuild({
    entry: ['src/index.ts', 'src/overlay/index.ts', 'src/picture/index.ts', 'src/text/index.ts'],
  }),
);
