import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { RunningServer } from '../src/index.js';
import { pictureUrl, post, startTiny } from './start.js';

const cache = mkdtempSync(join(tmpdir(), 'autoprune-cache-'));
let server: RunningServer;
beforeAll(async () => {
  vi.stubEnv('AUTOPRUNE_CACHE', cache);
  const model = { ref: 'tiny', dtype: 'mixed', cacheDtype: 'fp16' } as const;
  server = await startTiny({ model, answersAtOnce: 4 });
});
afterAll(async () => {
  await server?.close(0);
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

async function answer(index: number): Promise<string> {
  const response = await post(server, {
    model: 'tiny',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: pictureUrl(index) } },
          { type: 'text', text: 'Describe the picture.' },
        ],
      },
    ],
    // Long, because what is drawn at this temperature seldom ends.
    ...{ temperature: 2, seed: 3, max_tokens: 24 },
  });
  const body = (await response.json()) as { choices: [{ message: { content: string } }] };
  return body.choices[0].message.content;
}

it('answers at once what it answers one after another', async () => {
  const pictures = [0, 1, 2, 3, 4, 5];
  const expected: string[] = [];
  for (const index of pictures) expected.push(await answer(index));
  expect(new Set(expected).size).toBeGreaterThan(1);
  expect(await Promise.all(pictures.map(answer))).toEqual(expected);
});
