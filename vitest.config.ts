import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@autoprune/source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['@autoprune/source', 'node', 'import', 'default'] } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'testing/test/**/*.test.ts',
    ],
    globalSetup: [
      'testing/src/temporary-folder.ts',
      'testing/src/count-goldens.ts',
      'testing/src/kernels.ts',
    ],
    setupFiles: ['testing/src/property-runs.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Native sessions of the runtime do not like being torn down inside worker threads.
    pool: 'forks',
    maxWorkers: 2,
  },
});
