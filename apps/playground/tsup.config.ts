import { copyFile } from 'node:fs/promises';
import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/main.ts'],
  format: ['esm'],
  platform: 'browser',
  target: 'es2022',
  noExternal: [/./],
  minify: true,
  clean: true,
  publicDir: 'public',
  onSuccess: () =>
    copyFile('../../packages/tiny-llava/shapesvqa/images/0000.jpg', 'dist/example.jpg'),
});
