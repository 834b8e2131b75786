import { defineConfig } from 'tsup';
import { publishedBuild } from '../../tsup.base.js';

export default defineConfig(publishedBuild({ entry: ['src/index.ts'] }));
