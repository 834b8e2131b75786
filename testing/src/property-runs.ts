/** Vitest set-up: AUTOPRUNE_PROPERTY_RUNS sets how many cases a property is tried on, instead of 100. */
import fc from 'fast-check';

const runs = Number(process.env.AUTOPRUNE_PROPERTY_RUNS ?? 0);
if (runs > 0) fc.configureGlobal({ numRuns: runs });
