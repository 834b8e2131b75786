import { AutopruneError } from '@autoprune/core';

/**
 * BullMQ, which only those who have a fleet install.
 *
 * @throws PACKAGE_NOT_FOUND
 */
export async function importBullmq(): Promise<typeof import('bullmq')> {
  try {
    return await import('bullmq');
  } catch (cause) {
    throw new AutopruneError(
      'PACKAGE_NOT_FOUND',
      `A fleet needs bullmq, which could not be loaded (${(cause as Error).message.split('\n')[0]}); npm install bullmq ioredis`,
      { package: 'bullmq' },
      { cause },
    );
  }
}
