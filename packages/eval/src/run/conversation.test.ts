import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { conversationOf, readExamples } from './conversation.js';

describe('conversationOf', () => {
  it('leaves a question alone a text', () => {
    expect(conversationOf('What?', ['a.jpg'], {})).toEqual({
      messages: 'What?',
      images: ['a.jpg'],
    });
  });

  it('puts the system text and examples as turns before it, pictures in order', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'autoprune-examples-'));
    const path = join(folder, 'examples.jsonl');
    writeFileSync(path, '{"question": "Red?", "answer": "Yes", "images": ["red.jpg"]}\n');
    const examples = await readExamples(path);
    const { messages, images } = conversationOf('Blue?', ['b.jpg'], {
      system: 'Be brief.',
      examples,
    });
    expect(messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'image' }, { type: 'text', text: 'Red?' }] },
      { role: 'assistant', content: 'Yes' },
      { role: 'user', content: [{ type: 'image' }, { type: 'text', text: 'Blue?' }] },
    ]);
    expect(images).toEqual([join(folder, 'red.jpg'), 'b.jpg']);
  });
});
