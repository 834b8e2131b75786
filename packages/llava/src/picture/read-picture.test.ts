import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { readPicture } from './read-picture.js';

const folder = mkdtempSync(join(tmpdir(), 'autoprune-picture-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('readPicture', () => {
  it('reads a file', async () => {
    const path = join(folder, 'red.png');
    const red = { width: 3, height: 2, channels: 3, background: '#ff0000' } as const;
    writeFileSync(path, await sharp({ create: red }).png().toBuffer());
    const data = Uint8Array.from({ length: 18 }, (_, index) => (index % 3 === 0 ? 255 : 0));
    expect(await readPicture(path)).toEqual({ width: 3, height: 2, data });
  });

  it('says that there is no such file', async () => {
    await expect(readPicture('/no/such/picture.png')).rejects.toMatchObject({
      code: 'PICTURE_NOT_FOUND',
      message: 'There is no file /no/such/picture.png; check the path',
    });
  });

  it('says that a folder is no picture', async () => {
    await expect(readPicture(folder)).rejects.toMatchObject({
      code: 'PICTURE_UNREADABLE',
      message: `${folder} is a folder; give a readable picture file`,
    });
  });

  it('names the file in what the decoder refuses', async () => {
    const path = join(folder, 'empty.png');
    writeFileSync(path, '');
    await expect(readPicture(path)).rejects.toMatchObject({
      code: 'PICTURE_EMPTY',
      details: { name: path },
    });
  });
});
