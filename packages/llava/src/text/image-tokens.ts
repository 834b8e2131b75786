import { AutopruneError } from '@autoprune/core';
import type { Tokenizer } from './tokenizer.js';

/** A stretch of a tokenized prompt: ids, or the place of one picture. */
export type PromptPiece =
  | { readonly kind: 'text'; readonly ids: readonly number[] }
  | { readonly kind: 'image' };

/** The placeholder of LLaVA's prompts and of the LLaVA chat templates. */
export const IMAGE_PLACEHOLDER = '<image>';

const IMAGE: PromptPiece = { kind: 'image' };

function textPiece(ids: readonly number[]): PromptPiece[] {
  return ids.length > 0 ? [{ kind: 'text', ids }] : [];
}

/**
 * Tokenizes as LLaVA's `tokenizer_image_token`: the prompt is cut at `<image>`, each chunk is encoded by itself
 * with BOS, and only the first chunk's BOS is kept. For LLaVA's own templates.
 *
 * @returns the pieces in order; a picture is one piece however many tokens it will take
 */
export function tokenizeWithImages(prompt: string, tokenizer: Tokenizer): PromptPiece[] {
  const chunks = prompt.split(IMAGE_PLACEHOLDER).map((chunk) => tokenizer.encode(chunk));
  const bos = tokenizer.bosTokenId;
  const drop = bos !== undefined && chunks[0]![0] === bos ? 1 : 0;
  return chunks.flatMap((ids, index) =>
    index === 0 ? textPiece(ids) : [IMAGE, ...textPiece(ids.slice(drop))],
  );
}

/**
 * Tokenizes as Hugging Face's processors: the whole prompt is encoded once, and the image token in it, which is an
 * added token of the tokenizer, marks the pictures. For chat templates. A prompt whose template already wrote
 * the BOS gets no second one.
 *
 * @param imageToken  `<image>` for LLaVA; other families have their own
 * @throws IMAGE_TOKEN_MISSING when the prompt has a picture but the tokenizer no such token
 */
export function tokenizeWithImageToken(
  prompt: string,
  tokenizer: Tokenizer,
  imageToken: string = IMAGE_PLACEHOLDER,
): PromptPiece[] {
  const imageId = tokenizer.tokenToId(imageToken);
  if (imageId === undefined && prompt.includes(imageToken)) {
    throw new AutopruneError(
      'IMAGE_TOKEN_MISSING',
      `The tokenizer has no token ${imageToken}, so the picture in this prompt has no place; use a template of LLaVA's own (vicuna_v1) with this checkpoint`,
      { imageToken },
    );
  }
  const { bosTokenId } = tokenizer;
  const bos = bosTokenId === undefined ? undefined : tokenizer.idToToken(bosTokenId);
  const addSpecialTokens = bos === undefined || !prompt.startsWith(bos);
  const ids = tokenizer.encode(prompt, { addSpecialTokens });
  const pieces: PromptPiece[] = [];
  let from = 0;
  ids.forEach((id, place) => {
    if (id !== imageId) return;
    pieces.push(...textPiece(ids.slice(from, place)), IMAGE);
    from = place + 1;
  });
  return [...pieces, ...textPiece(ids.slice(from))];
}
