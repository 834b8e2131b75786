import { AutopruneError } from '@autoprune/core';
import { z } from 'zod';
import { idSchema } from '../../answers.js';
import type { Question } from '../../benchmark.js';
import { readDataRows } from '../../data-rows.js';
import { type Input, matchFiles } from '../../files/input.js';
import { readJsonLines } from '../../files/read-json.js';
import { LOADER_TOKENS } from '../../questions.js';

/** POPE as read: the question file and the labels of each split. */
export interface PopeData {
  readonly questions: readonly Question[];
  /** By split name, in name order; labels in the order of the label file. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
}

const labelSchema = z.object({ label: z.string() });

/**
 * Reads `coco/coco_pope_<split>.json`, which are JSON Lines despite the name.
 *
 * @throws DATA_NOT_FOUND
 */
export async function readLabels(data: Input): Promise<Map<string, string[]>> {
  const inside = await matchFiles(data, 'coco', /^coco_pope_(.+)\.json$/);
  const files = inside.length > 0 ? inside : await matchFiles(data, '.', /^coco_pope_(.+)\.json$/);
  if (files.length === 0) {
    throw new AutopruneError(
      'DATA_NOT_FOUND',
      `${data.path}: coco/coco_pope_<split>.json are not there; copy POPE's output/coco into the folder`,
      { path: data.path },
    );
  }
  const labels = new Map<string, string[]>();
  for (const { match, path } of files) {
    const rows = await readJsonLines(path, labelSchema);
    labels.set(
      match[1]!,
      rows.map(({ label }) => label),
    );
  }
  return labels;
}

const SUFFIX = '\nAnswer the question using a single word or phrase.';

const tableSchema = z.object({
  index: idSchema.optional(),
  id: idSchema.optional(),
  question_id: idSchema.optional(),
  question: z.string(),
  answer: z.string(),
  category: z.string(),
});

/**
 * Reads VLMEvalKit's TSV, where a row can belong to several splits, or the parquet of Hugging Face.
 *
 * @throws DATA_NOT_FOUND
 */
export async function readPopeTable(data: Input): Promise<PopeData> {
  const rows = await readDataRows(data, ['llava_pope_test.jsonl'], tableSchema);
  const labels = new Map<string, string[]>();
  const questions = rows.map(({ fields, pictures = [] }, place): Question => {
    const { question, answer, category } = fields;
    for (const split of category.split(',')) {
      const own = labels.get(split) ?? [];
      own.push(answer.toLowerCase());
      labels.set(split, own);
    }
    return {
      id: fields.index ?? fields.id ?? fields.question_id ?? String(place),
      text: question + SUFFIX,
      images: pictures,
      maxNewTokens: LOADER_TOKENS,
      category,
    };
  });
  return { questions, labels };
}
