import { AutopruneError } from '@autoprune/core';
import type { ModelConfig } from '../families/model-config.js';
import type { ChatMessage } from '../text/chat-message.js';
import {
  type PromptPiece,
  tokenizeWithImages,
  tokenizeWithImageToken,
} from '../text/image-tokens.js';
import type { PromptTemplate } from '../text/prompt-template.js';
import type { Tokenizer } from '../text/tokenizer.js';

/** A prompt with every picture in its place. */
export interface AssembledPrompt {
  readonly text: string;
  /** Ids of the text in order, −1 for each visual token. */
  readonly ids: Int32Array;
}

/** What a visual token is in {@link AssembledPrompt.ids}. */
export const VISUAL = -1;

/**
 * Renders and tokenizes a conversation, and makes room for the visual tokens.
 *
 * @param pictureTokens  visual tokens of each picture, in order
 * @throws PICTURE_COUNT when the text asks for another number of pictures than there are
 */
export function assemblePrompt(
  messages: readonly ChatMessage[],
  template: PromptTemplate,
  tokenizer: Tokenizer,
  config: ModelConfig,
  pictureTokens: readonly number[],
): AssembledPrompt {
  const text = template.render([...messages]);
  const pieces: readonly PromptPiece[] =
    template.tokenization === 'llava'
      ? tokenizeWithImages(text, tokenizer)
      : tokenizeWithImageToken(text, tokenizer, tokenizer.idToToken(config.imageTokenId));
  const places = pieces.filter(({ kind }) => kind === 'image').length;
  if (places !== pictureTokens.length) {
    throw new AutopruneError(
      'PICTURE_COUNT',
      `The prompt has ${places} places for pictures but ${pictureTokens.length} pictures were given; leave "<image>" out of the question, the template places pictures by itself`,
      { places, pictures: pictureTokens.length },
    );
  }
  const ids: number[] = [];
  let picture = 0;
  for (const piece of pieces) {
    if (piece.kind === 'text') ids.push(...piece.ids);
    else {
      for (let token = 0; token < pictureTokens[picture]!; token++) ids.push(VISUAL);
      picture++;
    }
  }
  return { text, ids: Int32Array.from(ids) };
}
