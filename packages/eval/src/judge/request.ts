import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AutopruneError } from '@autoprune/core';
import { dataAddress } from '../files/data-address.js';

/** One question to a judge. */
export interface JudgeRequest {
  /** The item's id; what comes back is known by it. */
  readonly id: string;
  readonly system?: string;
  readonly text: string;
  /** Pictures to show, as paths relative to the picture folder or as bytes of a picture file. */
  readonly images: readonly (string | Uint8Array)[];
  readonly temperature: number;
  readonly maxTokens: number;
}

/** How requests are written. */
export interface JudgeRequestOptions {
  /** The judge's name, as its endpoint knows it. */
  readonly model: string;
  /** Where picture paths begin. */
  readonly imageFolder?: string;
}

/** One line of a request file: the format of OpenAI's batches, whose `body` any compatible endpoint takes. */
export interface JudgeRequestLine {
  readonly custom_id: string;
  readonly method: 'POST';
  readonly url: '/v1/chat/completions';
  readonly body: {
    readonly model: string;
    readonly messages: readonly { readonly role: string; readonly content: unknown }[];
    readonly temperature: number;
    readonly max_tokens: number;
  };
}

async function addressOf(image: string | Uint8Array, folder: string): Promise<string> {
  if (typeof image !== 'string') return dataAddress(image);
  if (/^(https?|data):/.test(image)) return image;
  return dataAddress(await readPicture(join(folder, image)));
}

async function readPicture(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    throw new AutopruneError(
      'DATA_NOT_FOUND',
      `${path}: the judge is to see this picture; name the folder of the pictures`,
      { path },
      { cause },
    );
  });
}

/**
 * The line of a request file, pictures embedded.
 *
 * @throws DATA_NOT_FOUND for a picture that is not there
 */
export async function judgeRequestLine(
  request: JudgeRequest,
  { model, imageFolder = '.' }: JudgeRequestOptions,
): Promise<JudgeRequestLine> {
  const addresses = await Promise.all(request.images.map((image) => addressOf(image, imageFolder)));
  const pictures = addresses.map((url) => ({ type: 'image_url', image_url: { url } }));
  const content =
    pictures.length === 0 ? request.text : [{ type: 'text', text: request.text }, ...pictures];
  const system = request.system === undefined ? [] : [{ role: 'system', content: request.system }];
  return {
    custom_id: request.id,
    method: 'POST',
    url: '/v1/chat/completions',
    body: {
      model,
      messages: [...system, { role: 'user', content }],
      temperature: request.temperature,
      max_tokens: request.maxTokens,
    },
  };
}
