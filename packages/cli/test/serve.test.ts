import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { emptyFolder, runCli } from './run-cli.js';

const bin = fileURLToPath(new URL('../dist/bin.js', import.meta.url));

describe('autoprune serve', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('serves until %s, then ends well', async (signal) => {
    const keys = join(emptyFolder(), 'keys');
    writeFileSync(keys, 'first-key\n\nsecond-key\n');
    const args = ['serve', '--port', '0', '--json', '--method', 'fastv', '--api-key-file', keys];
    const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const printed = await new Promise<string>((resolve) => {
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        if (text.endsWith('}\n')) resolve(text);
      });
    });
    const { url, openai, model } = JSON.parse(printed);
    expect({ openai, model }).toEqual({ openai: `${url}/v1`, model: 'tiny' });
    expect((await fetch(`${openai}/models`)).status).toBe(401);
    const ask = await fetch(`${openai}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer second-key' },
      body: JSON.stringify({
        model,
        messages: [{ role: 'user', content: 'Hello' }],
        max_tokens: 2,
      }),
    });
    expect(ask.status).toBe(200);
    const page = await (await fetch(url)).text();
    expect(page).toContain('<title>AutoPrune playground</title>');
    child.kill(signal);
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });

  it('says what is wrong before anything is loaded', async () => {
    const unknown = await runCli(['serve', '--method', 'fastvv']);
    expect(unknown).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean fastv?'),
    });
    const empty = join(emptyFolder(), 'keys');
    writeFileSync(empty, '\n');
    const open = await runCli(['serve', '--api-key-file', empty]);
    expect(open).toMatchObject({ code: 2, stderr: expect.stringContaining('holds no API key') });
    const missing = await runCli(['serve', '--model', './nothing-here', '--port', '0']);
    expect(missing.code).toBe(3);
  });
});
