import { AutopruneError } from '@autoprune/core';
import type { LlavaModel, PreparedPicture } from '@autoprune/llava';
import type { CommandIo } from './io.js';
import type { QuestionOptions } from './options/question-options.js';

async function readAll(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array | string));
  return Buffer.concat(chunks);
}

/**
 * Reads the pictures of the command line; `-` is standard input, once.
 *
 * @throws PICTURE_* naming the file
 */
export async function readPictures(
  io: CommandIo,
  model: LlavaModel,
  paths: readonly string[],
  options: QuestionOptions,
): Promise<PreparedPicture[]> {
  if (paths.filter((path) => path === '-').length > 1) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      'Standard input (-) can be read once; give the other pictures as files',
    );
  }
  const { imageMode, frame, reference = false } = options;
  const pictures: PreparedPicture[] = [];
  for (const path of paths) {
    const input = path === '-' ? { bytes: await readAll(io.stdin), name: 'standard input' } : path;
    pictures.push(await model.preparePicture(input, { imageMode, frame, reference }));
  }
  return pictures;
}
