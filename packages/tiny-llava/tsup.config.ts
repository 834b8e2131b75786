import { defineConfig } from 'tsup';
import { publishedBuild } from '../../tsup.base.js';

// Shims, because the CommonJS build too finds the model beside itself.
export default defineConfig(publishedBuild({ entry: ['src/index.ts'], shims: true }));
