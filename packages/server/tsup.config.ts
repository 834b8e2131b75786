import { cp } from 'node:fs/promises';
import { defineConfig } from 'tsup';
import { publishedBuild } from '../../tsup.base.js';

export default defineConfig(
  publishedBuild({
    entry: ['src/index.ts', 'src/fleet/index.ts', 'src/inference-child.ts'],
    // The page travels with the package; npm users have no apps/ folder.
    onSuccess: () => cp('../../apps/playground/dist', 'dist/playground', { recursive: true }),
  }),
);
