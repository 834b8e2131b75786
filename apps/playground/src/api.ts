import type { DecoderGeometry } from '@autoprune/core';
import { EventSourceParserStream } from 'eventsource-parser/stream';

/** The model of the server, as `GET /v1/models` tells it. */
export interface ServedModel {
  readonly id: string;
  readonly autoprune: {
    readonly grid: number;
    readonly imageMode: 'crop' | 'pad' | 'anyres';
    readonly geometry: DecoderGeometry;
    readonly methods: readonly { readonly name: string; readonly title: string }[];
  };
}

/** A visual row after a layer: a position of the picture, several merged into one, or neither. */
export type KeptRow =
  | number
  | { readonly merged: readonly number[] }
  | { readonly cls: true }
  | null;

/** What was pruned and what it cost, as the server sends it. */
export interface Report {
  readonly method: { readonly name: string; readonly complexity?: number; readonly slope?: number };
  readonly layers: readonly {
    readonly entering: number;
    readonly leaving: number;
    readonly kept?: readonly KeptRow[];
  }[];
  readonly cost: {
    readonly meanEntering: number;
    readonly meanLeaving: number;
    readonly flopsRatio: number;
    readonly kvBytes: number;
    readonly kvBytesUnpruned: number;
  };
  readonly tokens?: { readonly text: number };
  readonly timings?: { readonly firstTokenMs: number; readonly pruningMs: number };
}

/** A question to the server. */
export interface Question {
  readonly model: string;
  readonly text: string;
  /** Data URL. */
  readonly picture: string;
  readonly method: string;
  readonly targetTokens: number;
}

const headersOf = (key: string): Record<string, string> =>
  key === '' ? {} : { authorization: `Bearer ${key}` };

/** Throws with the server's own words unless the answer is a success. */
async function requireOk(response: Response): Promise<Response> {
  if (response.ok) return response;
  const body = await response.json().catch(() => undefined);
  throw new Error(body?.error?.message ?? `The server answered with status ${response.status}`);
}

/** The model that this server has. */
export async function servedModel(key: string): Promise<ServedModel> {
  const response = await requireOk(await fetch('v1/models', { headers: headersOf(key) }));
  const { data } = await response.json();
  return data[0];
}

function requestBody({ model, text, picture, method, targetTokens }: Question): string {
  return JSON.stringify({
    model,
    stream: true,
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: picture } },
          { type: 'text', text },
        ],
      },
    ],
    autoprune: {
      method,
      trace: true,
      ...(method === 'none' ? {} : { budget: { kind: 'meanLeaving', value: targetTokens } }),
    },
  });
}

/**
 * Asks, and hands out text and reports as they come.
 *
 * @throws the error of the server, or an AbortError
 */
export async function ask(
  question: Question,
  key: string,
  signal: AbortSignal,
  on: { readonly text: (piece: string) => void; readonly report: (report: Report) => void },
): Promise<void> {
  const response = await requireOk(
    await fetch('v1/chat/completions', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headersOf(key) },
      body: requestBody(question),
      signal,
    }),
  );
  const reader = response
    .body!.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  for (let event = await reader.read(); !event.done; event = await reader.read()) {
    if (event.value.data === '[DONE]') return;
    const chunk = JSON.parse(event.value.data);
    if (chunk.error) throw new Error(chunk.error.message);
    const piece = chunk.choices[0]?.delta.content;
    if (piece) on.text(piece);
    if (chunk.autoprune) on.report(chunk.autoprune);
  }
  throw new Error('The answer broke off');
}
