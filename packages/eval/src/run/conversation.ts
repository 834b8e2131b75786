import { dirname, join } from 'node:path';
import { z } from 'zod';
import { readJsonLines } from '../files/read-json.js';
import type { AnswerMessage, AnswerPicture } from './answerer.js';

/** One worked question before the real one. */
export interface Example {
  readonly question: string;
  readonly answer: string;
  /** Paths, in order. */
  readonly images: readonly string[];
}

/** What stands before every question of a run. */
export interface Preamble {
  readonly system?: string;
  /** Asked and answered as turns of the conversation, in order. */
  readonly examples?: readonly Example[];
}

const exampleSchema = z.object({
  question: z.string(),
  answer: z.string(),
  images: z.array(z.string()).default([]),
});

/**
 * Reads examples: JSON Lines with `question`, `answer` and `images`, whose paths are relative to the file.
 *
 * @throws DATA_INVALID naming the file, the line and the field
 */
export async function readExamples(path: string): Promise<Example[]> {
  const rows = await readJsonLines(path, exampleSchema);
  const folder = dirname(path);
  return rows.map(({ images, ...rest }) => ({
    ...rest,
    images: images.map((image) => join(folder, image)),
  }));
}

const userTurn = (text: string, pictures: number): AnswerMessage => ({
  role: 'user',
  content: [
    ...Array.from({ length: pictures }, () => ({ type: 'image' as const })),
    { type: 'text', text },
  ],
});

/** A question with what stands before it; a question alone stays a text. */
export function conversationOf(
  question: string,
  images: readonly AnswerPicture[],
  { system, examples = [] }: Preamble,
): { messages: string | readonly AnswerMessage[]; images: readonly AnswerPicture[] } {
  if (system === undefined && examples.length === 0) return { messages: question, images };
  const turns = examples.flatMap((example): AnswerMessage[] => [
    userTurn(example.question, example.images.length),
    { role: 'assistant', content: example.answer },
  ]);
  return {
    messages: [
      ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
      ...turns,
      userTurn(question, images.length),
    ],
    images: [...examples.flatMap((example) => example.images), ...images],
  };
}
