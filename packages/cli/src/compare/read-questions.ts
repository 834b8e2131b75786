import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AutopruneError } from '@autoprune/core';

/** A question about one picture. */
export interface ComparedQuestion {
  readonly image: string;
  readonly text: string;
  /** The right answer, where it is known. */
  readonly expected?: string;
}

interface QuestionLine {
  readonly question_id?: number | string;
  readonly image?: string;
  readonly text?: string;
  readonly answer?: string;
}

async function readLines(file: string): Promise<QuestionLine[]> {
  const text = await readFile(file, 'utf8');
  return text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, number }) => {
      try {
        return JSON.parse(line) as QuestionLine;
      } catch (cause) {
        throw new AutopruneError(
          'QUESTIONS_INVALID',
          `${file}, line ${number} is no JSON: every line is { "image", "text" }, with "answer" where it is known`,
          { file, line: number },
          { cause },
        );
      }
    });
}

/**
 * Questions of a folder: `questions.jsonl` with `image` and `text`, pictures in `images/` or beside it, right answers in the
 * lines or in `annotations.jsonl` by `question_id`.
 *
 * @throws QUESTIONS_INVALID naming the file, the line and the field
 */
async function folderQuestions(folder: string): Promise<ComparedQuestion[]> {
  const file = join(folder, 'questions.jsonl');
  const lines = await readLines(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause;
    throw new AutopruneError(
      'QUESTIONS_INVALID',
      `${folder} holds no questions.jsonl; give a picture and a question, or a folder with one`,
      { folder },
    );
  });
  const known = await readLines(join(folder, 'annotations.jsonl')).catch(() => []);
  const answers = new Map(known.map((one) => [one.question_id, one.answer]));
  const images = await stat(join(folder, 'images')).then(
    () => join(folder, 'images'),
    () => folder,
  );
  return lines.map(({ question_id: id, image, text, answer }, index) => {
    if (typeof image !== 'string' || typeof text !== 'string') {
      throw new AutopruneError(
        'QUESTIONS_INVALID',
        `${file}, question ${index + 1} has no ${typeof image === 'string' ? 'text' : 'image'}`,
        { file, question: index + 1 },
      );
    }
    const expected = answer ?? answers.get(id);
    return { image: join(images, image), text, ...(expected === undefined ? {} : { expected }) };
  });
}

/**
 * What to compare on: a picture and a question, or the questions of a folder.
 *
 * @throws ARGUMENT_INVALID or QUESTIONS_INVALID
 */
export async function readQuestions(
  inputs: readonly string[],
  limit: number,
): Promise<readonly ComparedQuestion[]> {
  const [first = '', text] = inputs;
  if (inputs.length === 2 && text !== undefined) return [{ image: first, text }];
  if (inputs.length !== 1) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      'compare takes a picture and a question, or a folder with questions.jsonl',
    );
  }
  return (await folderQuestions(first)).slice(0, limit);
}
