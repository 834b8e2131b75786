import { AutopruneError } from '@autoprune/core';
import { describe, expect, it } from 'vitest';
import { findChatTemplate } from './find-chat-template.js';

const json = (template: unknown) => JSON.stringify({ chat_template: template });

describe('findChatTemplate', () => {
  it('prefers the files in their order', () => {
    const files = {
      chatTemplateJinja: 'a',
      chatTemplateJson: json('b'),
      processorConfig: json('c'),
      tokenizerConfig: json('d'),
      name: 'x',
    };
    const { chatTemplateJinja: _, ...second } = files;
    const { chatTemplateJson: __, ...third } = second;
    expect(findChatTemplate(files)).toBe('a');
    expect(findChatTemplate(second)).toBe('b');
    expect(findChatTemplate(third)).toBe('c');
    expect(findChatTemplate({ ...third, processorConfig: '{}' })).toBe('d');
    expect(findChatTemplate({ tokenizerConfig: '{}', name: 'x' })).toBeUndefined();
  });

  it('takes the default of named templates, or the only one', () => {
    const named = [
      { name: 'tool_use', template: 't' },
      { name: 'default', template: 'd' },
    ];
    const find = (value: unknown) => findChatTemplate({ tokenizerConfig: json(value), name: 'x' });
    expect(find(named)).toBe('d');
    expect(find(named.slice(0, 1))).toBe('t');
  });

  it.each([
    ['{', 'x: chat_template.json: is not JSON'],
    [json(5), 'x: chat_template.json: chat_template: expected a string or a list'],
    [json([null]), 'x: chat_template.json: chat_template: expected a string or a list'],
    [
      json([
        { name: 'a', template: '1' },
        { name: 'b', template: '2' },
      ]),
      'none of the templates a, b is the default',
    ],
  ])('refuses %s', (chatTemplateJson, message) => {
    const find = () => findChatTemplate({ chatTemplateJson, name: 'x' });
    expect(find).toThrow(AutopruneError);
    expect(find).toThrow(message);
  });
});
