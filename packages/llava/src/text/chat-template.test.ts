import { AutopruneError } from '@autoprune/core';
import { describeGoldens } from '@autoprune/testing';
import { describe, expect, it } from 'vitest';
import type { ChatMessage } from './chat-message.js';
import { renderChatTemplate } from './chat-template.js';

const FILE = 'models/prompts/chat_templates.json';

interface Rendered {
  template: string;
  conversation: string;
  add_generation_prompt: boolean;
  add_vision_id?: boolean;
  text?: string;
  error?: string;
}

function failure(run: () => unknown): AutopruneError {
  try {
    run();
  } catch (error) {
    if (AutopruneError.isInstance(error, 'CHAT_TEMPLATE_FAILED')) return error;
    throw error;
  }
  throw new Error('did not fail');
}

describeGoldens('chat templates', [FILE], (set) => {
  const golden = set.json<{
    templates: Record<string, string>;
    conversations: Record<string, ChatMessage[]>;
    rendered: Rendered[];
  }>(FILE);
  set.each(
    golden.rendered,
    (one) =>
      `${one.template} ${one.conversation} ${one.add_generation_prompt}${one.add_vision_id ? ' with ids' : ''}`,
    (one) => {
      const render = () =>
        renderChatTemplate(
          golden.templates[one.template]!,
          golden.conversations[one.conversation]!,
          {
            addGenerationPrompt: one.add_generation_prompt,
            ...(one.add_vision_id === undefined
              ? {}
              : { variables: { add_vision_id: one.add_vision_id } }),
          },
        );
      if (one.error === undefined) {
        expect(render()).toBe(one.text);
        return;
      }
      const { message, details } = failure(render);
      expect(details.reason).toBe(one.error.replace(/^\w+: /, ''));
      expect(message).toContain(details.reason);
    },
  );
});

describe('renderChatTemplate', () => {
  const render = (template: string, messages: unknown = []) =>
    renderChatTemplate(template, messages as ChatMessage[], {
      now: new Date(2024, 1, 9, 15, 4, 5),
      bosToken: '<s>',
    });

  it.each([
    ["{{ '<\\s>\\101\\U0001F600\\n\\q\\'' }}", "<\\s>A😀\n\\q'"],
    [
      "it's {{ {'a': {'b': '\\s'}}['a']['b'] }} 'plain \\s' {# '\\s' #}{{ '\\s' }}",
      "it's \\s 'plain \\s' \\s",
    ],
    [
      "{{ strftime_now('%d %b %Y %B %A %j %I:%M:%S %p %y %%') }}",
      '09 Feb 2024 February Friday 040 03:04:05 PM 24 %',
    ],
    ['{{ range(3) | tojson }}{{ range(3, 0, -1) | tojson }}', '[0, 1, 2][3, 2, 1]'],
    ['{{ bos_token }}{% generation %}é{% endgeneration %}', '<s>é'],
    ["{{ 'a' ~ nothing ~ none }}|{{ nothing }}", 'aNone|'],
    ["{% for c in 'ab' %}{{ c }}.{% endfor %}{% for c in nothing %}x{% endfor %}", 'a.b.'],
    ["{{ 'ab' | rejectattr('x') | list | length }}{{ 'ab' | first }}", '2a'],
    ['  {% if true %}\n  a\n  {% endif %}\nb', '  a\nb'],
    ["{{ 1 if x in ['a'] else 0 }}{{ 1 if x not in ['a'] else 0 }}", '01'],
    ["{{ x | length }}{{ x | trim }}{{ '😀' | length }}", '01'],
    ["{% for c in 'abc' if c != 'b' %}{{ c }}{% endfor %}", 'ac'],
  ])('renders %s as Jinja does', (template, expected) => {
    expect(render(template)).toBe(expected);
  });

  it.each([
    ["{{ raise_exception('no tools') }}", 'no tools'],
    ['{{ nothing + 1 }}', "'nothing' is undefined"],
    ['{{ nothing.more }}', "'nothing' is undefined"],
    ["{{ messages[0]['text'] }}", 'list object has no element 0'],
    ["{{ {'a': 1}.b + 'x' }}", "'dict object' has no attribute 'b'"],
    ["{{ 'x' + none.b }}", "'None' has no attribute 'b'"],
    ['{{ range(1000000) }}', 'range() of 1000000 items is above the limit of 100000'],
  ])('reports %s in its own words', (template, reason) => {
    expect(failure(() => render(template)).details.reason).toBe(reason);
  });

  it.each([
    '{% for %}',
    "{{ 'a",
    '{% if x %}',
    '{{ x | nosuchfilter }}',
    '{{',
    '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}',
  ])('refuses %s', (template) => {
    failure(() => render(template));
  });

  it('refuses an endless template', () => {
    failure(() => render(' '.repeat(300_000)));
  });
});
