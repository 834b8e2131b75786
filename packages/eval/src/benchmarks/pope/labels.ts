import { AutopruneError } from '@autoprune/core';
import { z } from 'zod';
import type { Question } from '../../benchmark.js';
import { type Input, matchFiles } from '../../files/input.js';
import { readJsonLines } from '../../files/read-json.js';

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
