import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Question } from '../benchmark.js';
import { hashPictures } from './hash-pictures.js';

const ask = (...images: Question['images']): Question[] => [
  { id: '1', text: 'What?', images, maxNewTokens: 8 },
];

describe('hashPictures', () => {
  it('changes with the bytes behind a name, wherever the picture is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'autoprune-pictures-'));
    const path = join(folder, 'a.png');
    const hashes = new Set<string>();
    for (const bytes of ['one', 'two']) {
      writeFileSync(path, bytes);
      hashes.add(await hashPictures(ask('a.png'), folder));
      hashes.add(await hashPictures([], folder, [path]));
      hashes.add(
        await hashPictures(
          ask(async () => Buffer.from(`${bytes}!`)),
          folder,
        ),
      );
    }
    // A picture of a question and one of an example hash alike; the questions tell them apart.
    expect(hashes.size).toBe(4);
  });

  it('is the same for the same bytes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'autoprune-pictures-'));
    writeFileSync(join(folder, 'a.png'), 'one');
    const twice = [
      await hashPictures(ask('a.png'), folder),
      await hashPictures(ask('a.png'), folder),
    ];
    expect(twice[0]).toBe(twice[1]);
  });

  it('leaves a picture that is missing to the question that needs it', async () => {
    await expect(hashPictures(ask('no.png'), tmpdir())).resolves.toMatch(/^[0-9a-f]{64}$/);
  });
});
