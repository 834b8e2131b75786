import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/main.ts'],
  format: ['esm'],
  platform: 'browser',
  noExternal: ['@autoprune/core'],
  minify: true,
  clean: true,
});
