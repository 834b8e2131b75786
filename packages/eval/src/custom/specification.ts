import { z } from 'zod';
import { CUSTOM_SCORER_NAMES } from './scorers.js';

const idPattern = /^[a-z0-9][a-z0-9-]*$/;

/**
 * A benchmark of one's own. Columns are named as they are in the data; `prompt` may hold `{question}`, `{options}` (one
 * `A. text` line each) and any column in braces.
 */
export const specificationSchema = z.strictObject({
  id: z.string().regex(idPattern, 'has only lower-case letters, digits and hyphens'),
  title: z.string().optional(),
  /** The table, relative to the data folder: JSON Lines, JSON, a table with tabs, or parquet. */
  file: z.string(),
  columns: z
    .strictObject({
      id: z.string().optional(),
      question: z.string().default('question'),
      answer: z.string().default('answer'),
      image: z.string().default('image'),
      options: z.string().default('options'),
      category: z.string().optional(),
    })
    .prefault({}),
  prompt: z.string().default('{question}'),
  maxNewTokens: z.int().min(1).default(128),
  /** One definition each, the first one the benchmark's own. */
  scorers: z.array(z.enum(CUSTOM_SCORER_NAMES)).min(1),
  groups: z.array(z.string()).default([]),
});

/** A benchmark of one's own, defaults filled in. */
export type BenchmarkSpecification = z.infer<typeof specificationSchema>;

/** The same as one writes it. */
export type BenchmarkSpecificationInput = z.input<typeof specificationSchema>;
