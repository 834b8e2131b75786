#!/usr/bin/env node
import { EXIT } from './exit-codes.js';
import { writeFailure } from './output/write-whole.js';
import { run } from './run.js';

const interrupt = new AbortController();
process.once('SIGINT', () => {
  interrupt.abort();
  // A second Ctrl-C does not wait for the answer so far.
  process.once('SIGINT', () => process.exit(EXIT.interrupted));
});

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader of a pipe has had enough (| head): that is not an error.
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  process.stderr.write(`error: ${writeFailure('standard output', error).message}\n`);
  process.exit(EXIT.unexpected);
});

void run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: interrupt.signal,
}).then((code) => {
  process.exitCode = code;
});
