import type { Options } from 'tsup';

/** What every published package builds: ESM, CommonJS and types, with source maps. */
export function publishedBuild(options: Options): Options {
  return {
    format: ['esm', 'cjs'],
    dts: true,
    sourcemap: true,
    splitting: true,
    treeshake: true,
    clean: true,
    target: 'es2022',
    // The CommonJS builds too find files beside themselves.
    shims: true,
    ...options,
  };
}
