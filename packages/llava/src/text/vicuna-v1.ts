import { AutopruneError } from '@autoprune/core';
import { type ChatMessage, contentText } from './chat-message.js';

/** A conversation style of LLaVA's `conversation.py` with SeparatorStyle.TWO. */
export interface ConversationStyle {
  /** What the prompt begins with. */
  readonly system: string;
  /** Names of user and assistant in the prompt. */
  readonly roles: readonly [user: string, assistant: string];
  /** Behind the system text and every user turn. */
  readonly separator: string;
  /** Behind every finished answer. */
  readonly endSeparator: string;
}

/** A turn as LLaVA keeps it: role name and message; null where the answer is still to come. */
export type ConversationTurn = readonly [role: string, message: string | null];

function style(human: string): ConversationStyle {
  return {
    system: `A chat between a curious ${human} and an artificial intelligence assistant. The assistant gives helpful, detailed, and polite answers to the ${human}'s questions.`,
    roles: ['USER', 'ASSISTANT'],
    separator: ' ',
    endSeparator: '</s>',
  };
}

/** LLaVA's `conv_vicuna_v1`, which LLaVA-1.5 and the published evaluations use. */
export const VICUNA_V1: ConversationStyle = style('user');

/** LLaVA's `conv_llava_v1`: the same but for "human" in the system text. */
export const LLAVA_V1: ConversationStyle = style('human');

/**
 * The prompt that LLaVA's `Conversation.get_prompt` builds. A turn without message (null or '') ends in its role and a
 * colon, with no space behind.
 */
export function renderConversation(
  { system, separator, endSeparator }: ConversationStyle,
  turns: readonly ConversationTurn[],
): string {
  const separators = [separator, endSeparator];
  const texts = turns.map(([role, message], index) =>
    message ? `${role}: ${message}${separators[index % 2]}` : `${role}:`,
  );
  return [system, separator, ...texts].join('');
}

/**
 * Messages as turns, with the turn of the answer to come. `<image>\n` goes in front of the question for each of its
 * pictures.
 *
 * @returns the style, with the text of a leading system message instead of its own, and the turns
 * @throws PROMPT_INVALID unless questions and answers take turns, beginning with a question
 */
export function conversationTurns(
  conversation: ConversationStyle,
  messages: readonly ChatMessage[],
): { style: ConversationStyle; turns: ConversationTurn[] } {
  const [first] = messages;
  const system = first?.role === 'system' ? contentText(first) : conversation.system;
  const rest = first?.role === 'system' ? messages.slice(1) : messages;
  const turns = rest.map((message, index): ConversationTurn => {
    const expected = index % 2 === 0 ? 'user' : 'assistant';
    if (message.role !== expected) {
      throw new AutopruneError(
        'PROMPT_INVALID',
        `Expected role ${expected} for message ${index + (messages.length - rest.length)} of the conversation but received ${message.role}; questions and answers take turns here`,
        { index, role: message.role, expected },
      );
    }
    return [conversation.roles[index % 2]!, contentText(message)];
  });
  if (turns.length % 2 === 1) turns.push([conversation.roles[1], null]);
  return { style: { ...conversation, system }, turns };
}
