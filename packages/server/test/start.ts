import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { type RunningServer, type ServerOptions, startServer } from '../src/index.js';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** A server over the embedded model, in the built inference process. */
export function startTiny(options: ServerOptions = {}): Promise<RunningServer> {
  const inferenceEntry = path('../dist/inference-child.js');
  if (!existsSync(inferenceEntry)) {
    throw new Error('packages/server/dist is missing: run pnpm build before these tests');
  }
  const playground = path('../dist/playground');
  return startServer({ port: 0, inferenceEntry, playground, ...options });
}

/** A server over a process that does what the last message says; see scripted-inference.mjs. */
export function startScripted(options: ServerOptions = {}): Promise<RunningServer> {
  return startServer({ port: 0, inferenceEntry: path('./scripted-inference.mjs'), ...options });
}

/** Path of a picture of the evaluation set. */
export function picturePath(index: number): string {
  return join(shapesVqaFolder, 'images', `${String(index).padStart(4, '0')}.jpg`);
}

/** A picture of the evaluation set as a data URL. */
export function pictureUrl(index: number): string {
  return `data:image/jpeg;base64,${readFileSync(picturePath(index)).toString('base64')}`;
}

/** Posts a chat request; `body` is sent as it is where it is a text. */
export function post(
  { url }: RunningServer,
  body: unknown,
  init: RequestInit = {},
): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
    headers: { 'content-type': 'application/json', ...init.headers },
  });
}

/** A request to the scripted process. */
export function script(text: string, extra: object = {}): object {
  return { model: 'tiny', messages: [{ role: 'user', content: text }], ...extra };
}

/** What `/health` says. */
export async function health({ url }: RunningServer): Promise<Record<string, unknown>> {
  return (await fetch(`${url}/health`)).json() as Promise<Record<string, unknown>>;
}

/** Waits until `/health` says what is expected. */
export async function untilHealth(
  server: RunningServer,
  expected: Record<string, unknown>,
): Promise<void> {
  for (;;) {
    const now = await health(server);
    if (Object.entries(expected).every(([key, value]) => now[key] === value)) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The data of server-sent events, without `[DONE]`. */
export function events(text: string): Record<string, never>[] {
  return text
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice('data: '.length)));
}
