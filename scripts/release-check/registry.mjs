import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { runProgram } from '../run-program.mjs';

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The registry that this machine is set up with, which everything but the packages checked here comes from. */
async function configuredRegistry() {
  return (await runProgram('npm', ['config', 'get', 'registry'])).trim();
}

/**
 * Starts Verdaccio on the loopback. `@autoprune/*` come from what is published to it and from nowhere else.
 *
 * @param folder  where it keeps everything; must not exist
 * @returns its address, ending in a slash, and `stop()`
 */
export async function startRegistry(folder) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  mkdirSync(folder, { recursive: true });
  const configuration = {
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: -1 } },
    uplinks: { configured: { url: await configuredRegistry(), timeout: '120s', max_fails: 20 } },
    packages: {
      '@autoprune/*': { access: '$all', publish: '$all', unpublish: '$all' },
      '**': { access: '$all', proxy: 'configured' },
    },
    web: { enable: false },
    log: { type: 'stdout', format: 'json', level: 'warn' },
    max_body_size: '100mb',
  };
  const file = join(folder, 'verdaccio.yaml');
  writeFileSync(file, stringify(configuration));

  const require = createRequire(import.meta.url);
  const program = join(require.resolve('verdaccio/package.json'), '..', 'bin', 'verdaccio');
  const child = spawn(
    process.execPath,
    [program, '--config', file, '--listen', `127.0.0.1:${port}`],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part) => {
      said = (said + part).slice(-20_000);
    });
  const stop = () => child.kill('SIGKILL');
  process.once('exit', stop);

  for (let attempt = 0; attempt < 240; attempt++) {
    if (child.exitCode !== null) throw new Error(`Verdaccio ended:\n${said}`);
    const answer = await fetch(`${url}-/ping`).catch(() => undefined);
    if (answer?.ok) return { url, stop, said: () => said };
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  stop();
  throw new Error(`Verdaccio did not answer within a minute:\n${said}`);
}
