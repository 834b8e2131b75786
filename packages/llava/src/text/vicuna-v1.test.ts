import { AutopruneError } from '@autoprune/core';
import { describeGoldens } from '@autoprune/testing';
import { describe, expect, it } from 'vitest';
import type { ChatMessage } from './chat-message.js';
import { llavaV1, vicunaV1 } from './prompt-template.js';
import { type ConversationTurn, renderConversation, VICUNA_V1 } from './vicuna-v1.js';

const FILE = 'models/prompts/vicuna_v1.json';

describeGoldens('vicuna_v1 prompts', [FILE], (set) => {
  const golden = set.json<{
    system: string;
    sep: string;
    sep2: string;
    prompts: { name: string; turns: ConversationTurn[]; prompt: string }[];
  }>(FILE);

  set.each(
    [golden],
    () => 'has the system text and separators',
    ({ system, sep, sep2 }) => {
      expect(VICUNA_V1).toMatchObject({ system, separator: sep, endSeparator: sep2 });
    },
  );
  set.each(
    golden.prompts,
    ({ name }) => `builds ${name}`,
    ({ turns, prompt }) => {
      expect(renderConversation(VICUNA_V1, turns)).toBe(prompt);
      // The same from messages: those of the assistant that are still to come are not among them.
      const messages = turns.flatMap(([role, text]): ChatMessage[] => {
        const name = role === 'USER' ? 'user' : 'assistant';
        return text === null ? [] : [{ role: name, content: text }];
      });
      expect(vicunaV1.render(messages)).toBe(prompt);
    },
  );
});

const SYSTEM = VICUNA_V1.system;
const image = { type: 'image' } as const;
const text = (content: string) => ({ type: 'text', text: content }) as const;

describe('vicunaV1', () => {
  it('puts one placeholder line for each picture in front of its question', () => {
    const content = [text('Which is'), image, text(' larger?'), image];
    expect(vicunaV1.render([{ role: 'user', content }])).toBe(
      `${SYSTEM} USER: <image>\n<image>\nWhich is larger? ASSISTANT:`,
    );
  });

  it('takes the text of a system message instead of its own', () => {
    const messages: ChatMessage[] = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [image, text('What?')] },
    ];
    expect(vicunaV1.render(messages)).toBe('Be brief. USER: <image>\nWhat? ASSISTANT:');
  });

  it('refuses questions and answers that do not take turns', () => {
    const twice: ChatMessage[] = [
      { role: 'user', content: 'a' },
      { role: 'user', content: 'b' },
    ];
    expect(() => vicunaV1.render(twice)).toThrow(AutopruneError);
    expect(() => vicunaV1.render(twice)).toThrowErrorMatchingInlineSnapshot(
      `[AutopruneError: Expected role assistant for message 1 of the conversation but received user; questions and answers take turns here]`,
    );
  });

  it('differs from llava_v1 in one word of the system text', () => {
    const messages: ChatMessage[] = [{ role: 'user', content: 'x' }];
    const [vicuna, llava] = [vicunaV1, llavaV1].map((one) => one.render(messages));
    expect(llava).toBe(
      vicuna!.replace('curious user', 'curious human').replace("user's", "human's"),
    );
  });
});
