// Test helper: a hub on this machine, with a second server for the contents of large files, as the real one has.

import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came in. */
export interface Exchange {
  readonly server: 'hub' | 'content';
  /** What it asks for: the list of files, size and checksum, or the bytes. */
  readonly kind: 'listing' | 'metadata' | 'bytes';
  readonly file: string;
  /** First byte that it asks for. */
  readonly start: number;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** How a server misbehaves. */
export type Fault =
  | { readonly kind: 'drop' }
  /** The connection breaks after so many bytes of the body. */
  | { readonly kind: 'break'; readonly after: number }
  /** Nothing more comes after so many bytes; without a number not even headers. */
  | { readonly kind: 'hang'; readonly after?: number }
  /** The body ends early as if it were complete. */
  | { readonly kind: 'short'; readonly after: number }
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  /** A range is answered with everything. */
  | { readonly kind: 'whole' }
  | { readonly kind: 'content'; readonly content: Buffer }
  | { readonly kind: 'reply'; readonly reply: (exchange: Exchange) => void };

interface Commit {
  readonly id: string;
  readonly sha: string;
  readonly files: ReadonlyMap<string, Buffer>;
}

const hex = (algorithm: string, ...parts: (string | Buffer)[]): string => {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** Names a content as the hub does: git's sum for small files, SHA-256 for those kept elsewhere. */
export function etagOf(content: Buffer, large: boolean): string {
  return large ? hex('sha256', content) : hex('sha1', `blob ${content.length}\0`, content);
}

/** A hub that can be told to misbehave. */
export class FakeHub implements AsyncDisposable {
  /** Files from this size on lie on the other server. */
  largeBytes = 1000;
  /** Called for every request; a fault is carried out, undefined answers as it should. */
  fault: (exchange: Exchange) => Fault | undefined = () => undefined;
  /** Waited for before a connection is broken: what a client has received but not read is lost to it. */
  beforeBreak: (exchange: Exchange, after: number) => Promise<void> = async () => {};
  /** Answer of the listing instead of the right one. */
  listing: unknown;
  readonly exchanges: Exchange[] = [];
  readonly #commits: Commit[] = [];
  readonly #branches = new Map<string, string>();
  readonly #contents = new Map<string, Buffer>();
  readonly #servers: readonly Server[];

  private constructor(hub: Server, content: Server) {
    this.#servers = [hub, content];
    this.endpoint = addressOf(hub);
    this.contentAddress = addressOf(content);
    hub.on('request', (request, response) => this.#answerHub(request, response));
    content.on('request', (request, response) => this.#answerContent(request, response));
  }

  static async start(): Promise<FakeHub> {
    const hub = await listen();
    return new FakeHub(hub, await listen());
  }

  /** Base address of the hub. */
  readonly endpoint: string;
  /** Base address of the server that has the large contents. */
  readonly contentAddress: string;

  /** Adds a commit and makes a branch mean it. */
  commit(id: string, files: Readonly<Record<string, string | Buffer>>, branch = 'main'): string {
    const sha = randomBytes(20).toString('hex');
    const entries = Object.entries(files).map(
      ([name, content]) => [name, Buffer.from(content)] as const,
    );
    this.#commits.push({ id, sha, files: new Map(entries) });
    this.#branches.set(`${id}@${branch}`, sha);
    return sha;
  }

  /** Requests for bytes, which are what a second pull must not make. */
  get downloads(): Exchange[] {
    return this.exchanges.filter(({ kind }) => kind === 'bytes');
  }

  /** Forgets what was asked and how to misbehave. */
  reset(): void {
    this.exchanges.length = 0;
    this.fault = () => undefined;
    this.listing = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  #answerHub(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(new URL(request.url ?? '/', this.endpoint).pathname);
    const listing = /^\/api\/models\/([^/]+\/[^/]+)\/revision\/(.+)$/.exec(path);
    const file = /^\/([^/]+\/[^/]+)\/resolve\/([0-9a-f]{40})\/(.+)$/.exec(path);
    const base = { server: 'hub', request, response, start: rangeStart(request) } as const;
    if (listing) {
      this.#handle({ ...base, kind: 'listing', file: '' }, () =>
        this.#answerListing(listing[1]!, listing[2]!, response),
      );
    } else if (file) {
      const [, id, sha, name = ''] = file;
      const kind = request.method === 'HEAD' ? 'metadata' : 'bytes';
      const commit = this.#commits.find((one) => one.id === id && one.sha === sha);
      const content = commit?.files.get(name);
      const exchange: Exchange = { ...base, kind, file: name };
      this.#handle(exchange, (fault) => this.#answerFile(exchange, sha!, content, fault));
    } else {
      response.writeHead(404).end();
    }
  }

  #answerListing(id: string, revision: string, response: ServerResponse): void {
    const sha = this.#branches.get(`${id}@${revision}`) ?? revision;
    const commit = this.#commits.find((one) => one.id === id && one.sha === sha);
    if (!commit) {
      response.writeHead(404).end('{"error":"Repository not found"}');
      return;
    }
    const siblings = [...commit.files.keys()].map((rfilename) => ({ rfilename }));
    const body = this.listing ?? { id, sha, siblings, private: false };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  #answerFile(exchange: Exchange, sha: string, content: Buffer | undefined, fault?: Fault): void {
    const { response } = exchange;
    if (!content) {
      response.writeHead(404).end();
      return;
    }
    const large = content.length >= this.largeBytes;
    const etag = etagOf(content, large);
    const common = { 'x-repo-commit': sha };
    if (!large) {
      send(this, exchange, content, `"${etag}"`, common, fault);
      return;
    }
    this.#contents.set(etag, content);
    response.writeHead(302, {
      ...common,
      'x-linked-etag': `"${etag}"`,
      'x-linked-size': content.length,
      location: `${this.contentAddress}/${etag}?file=${exchange.file}&signature=${randomBytes(4).toString('hex')}`,
    });
    response.end('Found. Redirecting.');
  }

  #answerContent(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.contentAddress);
    const file = url.searchParams.get('file') ?? '';
    const etag = url.pathname.slice(1);
    const start = rangeStart(request);
    const exchange = { server: 'content', kind: 'bytes', file, start, request, response } as const;
    this.#handle(exchange, (fault) => {
      const content = this.#contents.get(etag);
      // Its own ETag, as that of a storage service, which knows nothing of the hub's.
      if (content) send(this, exchange, content, `"store-${etag.slice(0, 8)}"`, {}, fault);
      else response.writeHead(404).end();
    });
  }

  #handle(exchange: Exchange, answer: (fault?: Fault) => void): void {
    this.exchanges.push(exchange);
    const fault = this.fault(exchange);
    const { response } = exchange;
    if (fault?.kind === 'drop') response.destroy();
    else if (fault?.kind === 'hang' && fault.after === undefined) return;
    else if (fault?.kind === 'status') response.writeHead(fault.status, fault.headers).end('no');
    else if (fault?.kind === 'reply') fault.reply(exchange);
    else answer(fault);
  }
}

function rangeStart(request: IncomingMessage): number {
  return Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
}

/** Answers with a content, whole or from the asked byte on, with the fault in its body. */
function send(
  hub: FakeHub,
  exchange: Exchange,
  rightContent: Buffer,
  etag: string,
  headers: Record<string, string>,
  fault?: Fault,
): void {
  const { request, response, start } = exchange;
  const content = fault?.kind === 'content' ? fault.content : rightContent;
  const changed = request.headers['if-range'] !== undefined && request.headers['if-range'] !== etag;
  const partly = request.headers.range !== undefined && fault?.kind !== 'whole' && !changed;
  if (partly && start >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  const body = partly ? content.subarray(start) : content;
  response.writeHead(partly ? 206 : 200, {
    ...headers,
    etag,
    'accept-ranges': 'bytes',
    ...(fault?.kind === 'short' ? {} : { 'content-length': body.length }),
    ...(partly
      ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }
      : {}),
  });
  if (request.method === 'HEAD') response.end();
  else if (fault?.kind === 'break') {
    const { after } = fault;
    response.write(body.subarray(0, after), async () => {
      await hub.beforeBreak(exchange, Math.min(after, body.length));
      response.destroy();
    });
  } else if (fault?.kind === 'hang') response.write(body.subarray(0, fault.after ?? 0));
  else if (fault?.kind === 'short') response.end(body.subarray(0, fault.after));
  else response.end(body);
}

async function listen(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
