import { defineConfig } from 'tsup';
import { publishedBuild } from '../../tsup.base.js';

export default defineConfig([
  publishedBuild({ entry: ['src/index.ts'] }),
  publishedBuild({ entry: ['src/bin.ts'], format: ['esm'], dts: false, clean: false }),
]);
