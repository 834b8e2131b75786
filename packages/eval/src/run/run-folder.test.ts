import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readRunIdentity } from './run-folder.js';
import { readRunResult } from './run-results.js';

const folderWith = async (name: string, text: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'autoprune-run-'));
  await writeFile(join(folder, name), text);
  return folder;
};

it.each([
  ['{"hash": "a", "conf', /run\.json: is not JSON .*remove .* and run again/],
  ['{"hash": 1, "configuration": {}}', /run\.json: field hash: .*expected string/],
  ['[]', /run\.json: field at the top: /],
])('names an identity that was damaged: %s', async (text, message) => {
  const reading = readRunIdentity(await folderWith('run.json', text));
  await expect(reading).rejects.toMatchObject({
    code: 'DATA_INVALID',
    message: expect.stringMatching(message),
  });
});

it('names a result that was damaged, and one that is not there', async () => {
  const folder = await folderWith(
    'result.json',
    '{"benchmark": "pope", "definition": {"name": "llava"}}',
  );
  await expect(readRunResult(folder)).rejects.toMatchObject({
    code: 'DATA_INVALID',
    message: expect.stringMatching(/result\.json: field items: /),
  });
  await expect(readRunIdentity(folder)).rejects.toMatchObject({
    code: 'RUN_NOT_FOUND',
    message: `${folder}: holds no run.json, so it is not the folder of a run`,
  });
});
