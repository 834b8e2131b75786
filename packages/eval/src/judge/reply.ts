import { z } from 'zod';
import { findFile, type Input } from '../files/input.js';
import { readJsonLines } from '../files/read-json.js';

/** What a judge said about one item, and which judge it was. */
export interface JudgeReply {
  readonly content: string;
  readonly model: string;
  /** Day of the reply, `YYYY-MM-DD`; null where the record does not say. */
  readonly date: string | null;
}

/** Recorded replies by item id. */
export type JudgeReplies = ReadonlyMap<string, JudgeReply>;

const MILLISECONDS = 1000;
const dayOf = (seconds: number): string =>
  new Date(seconds * MILLISECONDS).toISOString().slice(0, 'YYYY-MM-DD'.length);

const completionSchema = z.object({
  model: z.string(),
  created: z.number().optional(),
  choices: z.array(z.object({ message: z.object({ content: z.string().nullable() }) })).min(1),
});

/** A line of a batch's output; a failed request has no body with choices. */
const batchSchema = z.object({
  custom_id: z.string(),
  response: z.object({ body: z.union([completionSchema, z.unknown()]) }).nullish(),
});

/** Replies as this package records them. */
const recordSchema = z.object({
  id: z.string(),
  content: z.string(),
  model: z.string(),
  date: z.string().nullable().default(null),
});

const lineSchema = z.union([recordSchema, batchSchema]);

function replyOf(line: z.infer<typeof lineSchema>): [string, JudgeReply] | undefined {
  if ('id' in line) {
    const { id, ...reply } = line;
    return [id, reply];
  }
  const { data: completion } = completionSchema.safeParse(line.response?.body);
  const content = completion?.choices[0]?.message.content ?? null;
  if (!completion || content === null) return undefined;
  const { model, created } = completion;
  return [line.custom_id, { content, model, date: created === undefined ? null : dayOf(created) }];
}

/**
 * Reads recorded replies: the output of a batch, or lines of `id`, `content`, `model`, `date`. Failed requests are left
 * out, so that they stay open; of two replies to an item the last counts.
 *
 * @throws DATA_INVALID
 */
export async function readJudgeReplies(path: string): Promise<JudgeReplies> {
  const lines = await readJsonLines(path, lineSchema);
  return new Map(
    lines.flatMap((line) => {
      const reply = replyOf(line);
      return reply ? [reply] : [];
    }),
  );
}

/** The name of the file with replies beside predictions: `answers.jsonl` → `answers.judge-replies.jsonl`. */
export const repliesBeside = (predictions: string): string =>
  predictions.replace(/(\.jsonl?)?(\.gz)?$/, '.judge-replies.jsonl');

/** Replies in the folder of predictions, or beside the prediction file; none where there is no such file. */
export async function findJudgeReplies(predictions: Input): Promise<JudgeReplies> {
  const folder: Input = predictions.isFolder ? predictions : { path: '', isFolder: true };
  const name = predictions.isFolder ? 'judge-replies.jsonl' : repliesBeside(predictions.path);
  const path = await findFile(folder, [name]);
  return path === undefined ? new Map() : readJudgeReplies(path);
}
