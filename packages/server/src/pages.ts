import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Hono } from 'hono';

/** A file of the playground. */
export interface Page {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
};

/** Scripts, styles and answers of this server only; pictures that the visitor drops. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * Reads the files of a folder once. They are served from this table, so that no path of a request reaches the disk.
 *
 * @returns files by path, `index.html` as `/`; nothing where there is no such folder
 */
export async function readPages(folder: string): Promise<ReadonlyMap<string, Page>> {
  const names = await readdir(folder).catch(() => []);
  const pages = new Map<string, Page>();
  for (const name of names) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const bytes = new Uint8Array(await readFile(join(folder, name)));
    pages.set(name === 'index.html' ? '/' : `/${name}`, { type, bytes });
  }
  return pages;
}

/** Serves the files. */
export function addPages(app: Pick<Hono, 'get'>, pages: ReadonlyMap<string, Page>): void {
  for (const [path, { type, bytes }] of pages) {
    app.get(path, (context) =>
      context.body(bytes, 200, {
        'content-type': type,
        'cache-control': 'no-cache',
        'content-security-policy': POLICY,
      }),
    );
  }
}
