import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeGoldens } from '@autoprune/testing';
import { describe, expect, it } from 'vitest';
import type { ChatMessage } from './chat-message.js';
import { findChatTemplate } from './find-chat-template.js';
import { chatTemplatePrompt, namedTemplate, readPromptTemplate } from './prompt-template.js';

const tokenizer = { bosTokenId: 1, idToToken: () => '<s>' };

for (const checkpoint of [
  'llava15_old_fp16_sharded',
  'llava15_new_fp32',
  'llava15_bin',
  'llava_next_vicuna_bf16',
  'llava_next_mistral_fp16',
  'llava_onevision_fp16',
  'qwen25vl_old_bf16',
  'qwen25vl_new_fp32',
  'qwen2vl_old_fp16',
  'internvl3_hf_bf16',
]) {
  const runs = `models/runs/${checkpoint}/runs.json`;
  const folder = `models/checkpoints/${checkpoint}`;
  describeGoldens(`chat template of ${checkpoint}`, [runs, folder], (set) => {
    const read = (file: string) => {
      const path = join(set.path(folder), file);
      return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    };
    const found = findChatTemplate({
      chatTemplateJinja: read('chat_template.jinja'),
      chatTemplateJson: read('chat_template.json'),
      processorConfig: read('processor_config.json'),
      tokenizerConfig: read('tokenizer_config.json'),
      name: checkpoint,
    });
    const template = chatTemplatePrompt(found!, tokenizer, checkpoint);
    set.each(
      set.json<{ runs: { run: string; messages: ChatMessage[]; prompt: string }[] }>(runs).runs,
      ({ run }) => run,
      ({ messages, prompt }) => {
        expect(template.render(messages)).toBe(prompt);
      },
    );
  });
}

describe('chatTemplatePrompt', () => {
  const question: ChatMessage[] = [
    { role: 'user', content: [{ type: 'image' }, { type: 'text', text: 'What?' }] },
  ];
  const parts = (template: string) => chatTemplatePrompt(template, tokenizer, 'test');

  it('hands strings over as parts to a template that loops over parts', () => {
    const template = parts(
      "{% for m in messages %}{% for c in m.content %}{% if c.type == 'text' %}{{ c.text }}{% endif %}{% endfor %}{% endfor %}",
    );
    expect(template.render([{ role: 'user', content: 'What?' }])).toBe('What?');
  });

  it.each([
    "{% for m in messages %}{{ m['content'] }}{% endfor %}",
    "{% for m in messages %}{{ m['content'] | trim }}{% endfor %}",
    "{% for m in messages %}{{ m['role'] + m['content'] }}{% endfor %}",
  ])('hands parts over as text to %s', (template) => {
    expect(parts(template).render(question)).toContain('<image>\nWhat?');
  });

  it('asks for an answer unless the last message is one', () => {
    const template = parts(
      "{% for m in messages %}{{ m.content }};{% endfor %}{{ 'A:' if add_generation_prompt else '.' }}",
    );
    expect(template.render(question)).toBe('<image>\nWhat?;A:');
    expect(template.render([...question, { role: 'assistant', content: 'X' }])).toBe(
      '<image>\nWhat?;X;.',
    );
  });
});

describe('readPromptTemplate', () => {
  it('reads a Jinja file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'autoprune-template-'));
    try {
      const path = join(folder, 'mine.jinja');
      await writeFile(path, '{{ bos_token }}{{ messages[0].content }}');
      const template = await readPromptTemplate(path, tokenizer);
      expect(template).toMatchObject({ name: path, tokenization: 'huggingface', stopStrings: [] });
      expect(template.render([{ role: 'user', content: 'hi' }])).toBe('<s>hi');
      await expect(readPromptTemplate(folder, tokenizer)).rejects.toMatchObject({
        code: 'CHAT_TEMPLATE_FAILED',
      });
      await expect(readPromptTemplate(join(folder, 'no.jinja'), tokenizer)).rejects.toMatchObject({
        code: 'TEMPLATE_NOT_FOUND',
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('namedTemplate', () => {
  it('knows the templates of LLaVA', () => {
    expect(namedTemplate('vicuna_v1')).toMatchObject({
      tokenization: 'llava',
      stopStrings: ['</s>'],
    });
    expect(() => namedTemplate('vicuna')).toThrowErrorMatchingInlineSnapshot(
      `[AutopruneError: Unknown prompt template "vicuna" (known: vicuna_v1, llava_v1, mistral_instruct, or the path of a Jinja file)]`,
    );
  });
});
