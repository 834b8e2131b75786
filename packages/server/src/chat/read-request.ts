import {
  AutopruneError,
  type Budget,
  createPruner,
  type MethodChoice,
  type ParameterValues,
  parseBudget,
  requireBudget,
} from '@autoprune/core';
import { registerAllMethods } from '@autoprune/core/methods';
import type { ChatMessage, ContentPart } from '@autoprune/llava';
import { pictureOfDataUrl } from '../http/data-url.js';
import type { AnswerRequest } from '../inference/protocol.js';
import type { ServerLimits } from '../limits.js';
import type { ChatRequest } from './request-schema.js';

/** How requests are answered that do not say it themselves. */
export interface AnswerDefaults {
  readonly method: string;
  readonly parameters: ParameterValues;
  readonly budget: Budget | undefined;
  readonly reference: boolean;
}

/** Tokens generated where a request names no number; the runtime's own default. */
const DEFAULT_NEW_TOKENS = 128;

type RequestMessage = ChatRequest['messages'][number];
type Picture = AnswerRequest['pictures'][number];

/** A message for the model, its pictures put aside in order. */
function readMessage(message: RequestMessage, index: number, pictures: Picture[]): ChatMessage {
  const role = message.role === 'developer' ? 'system' : message.role;
  if (typeof message.content === 'string') return { role, content: message.content };
  const content = message.content.map((part, place): ContentPart => {
    if (part.type === 'text') return part;
    const param = `messages[${index}].content[${place}].image_url.url`;
    const bytes = pictureOfDataUrl(part.image_url.url, param);
    pictures.push({ name: `picture ${pictures.length + 1}`, bytes });
    return { type: 'image' };
  });
  return { role, content };
}

/** Refuses conversations with more pictures or text than the limits allow, before a picture is decoded. */
function requireSize(messages: ChatRequest['messages'], limits: ServerLimits): void {
  let characters = 0;
  let pictures = 0;
  for (const { content } of messages) {
    if (typeof content === 'string') characters += content.length;
    else {
      for (const part of content) {
        if (part.type === 'text') characters += part.text.length;
        else pictures++;
      }
    }
  }
  if (pictures > limits.maxPictures) {
    throw new AutopruneError(
      'PICTURE_LIMIT',
      `The conversation has ${pictures} pictures, above the limit of ${limits.maxPictures}; send fewer`,
      { param: 'messages', pictures, maxPictures: limits.maxPictures },
    );
  }
  if (characters > limits.maxTextCharacters) {
    throw new AutopruneError(
      'PROMPT_TOO_LONG',
      `The conversation has ${characters} characters, above the limit of ${limits.maxTextCharacters}; shorten it`,
      { param: 'messages', characters, maxTextCharacters: limits.maxTextCharacters },
    );
  }
  if (messages.at(-1)?.role !== 'user') {
    throw new AutopruneError(
      'PROMPT_INVALID',
      'The last message is not one of the user, so that there is nothing to answer',
      { param: 'messages' },
    );
  }
}

/** The budget of a request: as an object, or as the command line writes it. */
function readBudget(budget: NonNullable<ChatRequest['autoprune']>['budget']): Budget | undefined {
  if (budget === undefined) return undefined;
  const read = typeof budget === 'string' ? parseBudget(budget) : budget;
  requireBudget(read);
  return read;
}

/** Method, parameters and budget of a request; a method that it names begins without the server's parameters. */
function readPruning(
  { method, parameters, budget, reference }: NonNullable<ChatRequest['autoprune']>,
  defaults: AnswerDefaults,
): Pick<AnswerRequest, 'method' | 'parameters' | 'budget' | 'reference'> {
  registerAllMethods();
  const chosen = {
    method: method === undefined ? defaults.method : (method as AnswerRequest['method']),
    parameters: parameters ?? (method === undefined ? defaults.parameters : {}),
    reference: reference ?? defaults.reference,
  };
  const limit = readBudget(budget) ?? defaults.budget;
  // An unknown method, or two that contradict each other, need not wait in line to be refused.
  createPruner({ method: chosen.method as string | readonly MethodChoice[] });
  return { ...chosen, ...(limit ? { budget: limit } : {}) };
}

/**
 * What a chat request asks the model for.
 *
 * @throws PICTURE_*, PROMPT_*, METHOD_*, BUDGET_*
 */
export function readChatRequest(
  body: ChatRequest,
  defaults: AnswerDefaults,
  limits: ServerLimits,
): AnswerRequest {
  requireSize(body.messages, limits);
  const pictures: Picture[] = [];
  const messages = body.messages.map((message, index) => readMessage(message, index, pictures));
  const stop = body.stop ?? [];
  return {
    messages,
    pictures,
    maxPicturePixels: limits.maxPicturePixels,
    ...readPruning(body.autoprune ?? {}, defaults),
    maxNewTokens:
      body.max_completion_tokens ??
      body.max_tokens ??
      Math.min(DEFAULT_NEW_TOKENS, limits.maxNewTokens),
    temperature: body.temperature ?? 0,
    topP: body.top_p ?? 1,
    topK: body.top_k ?? 0,
    seed: body.seed ?? 0,
    stop: typeof stop === 'string' ? [stop] : stop,
    trace: body.autoprune?.trace ?? false,
  };
}
