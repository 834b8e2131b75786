import { createReadStream, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { runProgram } from './run-program.mjs';

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
};

/** Why a check that needs a browser is not made. */
export const NO_BROWSER = 'no Chromium was found; set CHROMIUM_PATH';

/** The Chromium of this machine, or undefined. */
export const findBrowser = () =>
  [
    process.env.CHROMIUM_PATH,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ].find((path) => path && existsSync(path));

/** Serves a folder on the loopback; `close()` ends it. */
export async function serveFolder(folder) {
  const server = createServer((request, response) => {
    const name = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
    let path = join(folder, name);
    if (existsSync(path) && statSync(path).isDirectory()) path = join(path, 'index.html');
    if (!existsSync(path)) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' });
    createReadStream(path).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * Makes a check in the browser of this machine. Without one it is skipped, and fails where AUTOPRUNE_REQUIRE_BROWSER is 1.
 *
 * @param body  gets the path of the browser; as in `createReport`
 */
export async function checkInBrowser(report, name, body) {
  const browser = findBrowser();
  if (!browser && process.env.AUTOPRUNE_REQUIRE_BROWSER !== '1')
    return report.skip(name, NO_BROWSER);
  await report.check(name, () => {
    if (!browser) throw new Error(NO_BROWSER);
    return body(browser);
  });
}

/**
 * Opens a page in headless Chromium, with no network but this machine's, and a profile of its own.
 *
 * @param job  what to do with it: `['--dump-dom']`, or `['--screenshot=FILE', '--window-size=W,H']`
 * @returns what Chromium printed
 */
export async function openInBrowser(browser, url, job) {
  const profile = mkdtempSync(join(tmpdir(), 'autoprune-chromium-'));
  try {
    return await runProgram(
      browser,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
        `--user-data-dir=${profile}`,
        '--virtual-time-budget=3000',
        ...job,
        url,
      ],
      { timeoutMs: 60_000 },
    );
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
