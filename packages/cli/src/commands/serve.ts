import { readFile } from 'node:fs/promises';
import { AutopruneError } from '@autoprune/core';
import type { RunningServer, ServerOptions } from '@autoprune/server';
import { Command, Option } from 'commander';
import { type CommandIo, note, print, printJson } from '../io.js';
import { addModelOptions, loadingOptions, type ModelOptions } from '../options/model-options.js';
import { wholeArgument } from '../options/parse.js';
import { pruningChoice } from '../options/pruning-choice.js';
import { addPruningOptions, type PruningOptions } from '../options/pruning-options.js';
import { startProgress } from '../output/progress.js';

interface ServeOptions extends ModelOptions, PruningOptions {
  readonly host: string;
  readonly port: number;
  readonly processes: number;
  readonly answersAtOnce: number;
  readonly modelName?: string;
  readonly apiKeyFile?: string;
  readonly maxWaiting?: number;
  readonly maxBodyBytes?: number;
  readonly maxPictures?: number;
  readonly maxPicturePixels?: number;
  readonly maxNewTokens?: number;
  readonly playground: boolean;
  readonly json?: boolean;
}

const NOTES = `
POST /v1/chat/completions, GET /v1/models, /health, /metrics, /openapi.json; the playground is at /.
Method and budget given here hold for requests that name none. API keys can also be given as AUTOPRUNE_API_KEYS,
with commas between them. Ctrl-C lets running answers end; a second one does not.`;

/** `autoprune serve`: an OpenAI-compatible server. */
export function serveCommand(io: CommandIo): Command {
  const command = new Command('serve').description(
    'serve a model to OpenAI-compatible clients and to a playground in the browser',
  );
  addModelOptions(command);
  addPruningOptions(command);
  return command
    .optionsGroup('Server:')
    .addOption(
      new Option('--host <address>', 'address to listen on; 0.0.0.0 for all')
        .default('127.0.0.1')
        .env('AUTOPRUNE_HOST'),
    )
    .addOption(
      new Option('--port <n>', 'port to listen on; 0 takes a free one')
        .argParser(wholeArgument(0))
        .default(8000)
        .env('AUTOPRUNE_PORT'),
    )
    .addOption(
      new Option('--processes <n>', 'inference processes, each with its own copy of the model')
        .argParser(wholeArgument(1))
        .default(1),
    )
    .addOption(
      new Option(
        '--answers-at-once <n>',
        'answers that a process makes at the same time; a mixed model reads its weights once for all',
      )
        .argParser(wholeArgument(1))
        .default(1),
    )
    .option('--model-name <name>', "name that requests call the model by (default: the model's)")
    .option('--api-key-file <file>', 'file with accepted API keys, one a line')
    .option('--no-playground', 'serve no page at /')
    .optionsGroup('Limits:')
    .option('--max-waiting <n>', 'requests that may wait (default: 32)', wholeArgument(0))
    .option('--max-body-bytes <n>', 'bytes of a request (default: 20971520)', wholeArgument(1))
    .option('--max-pictures <n>', 'pictures of a conversation (default: 8)', wholeArgument(0))
    .option('--max-picture-pixels <n>', 'pixels of a picture (default: 50000000)', wholeArgument(1))
    .option('--max-new-tokens <n>', 'most tokens of an answer (default: 1024)', wholeArgument(1))
    .optionsGroup('Output:')
    .option('--json', 'print one JSON object when the server listens')
    .addHelpText('after', NOTES)
    .action((options: ServeOptions) => serve(io, options));
}

/** Keys of the environment and of a file. */
async function apiKeys(io: CommandIo, file: string | undefined): Promise<string[]> {
  const given = io.env.AUTOPRUNE_API_KEYS?.split(',') ?? [];
  if (file !== undefined) {
    const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      throw new AutopruneError(
        'ARGUMENT_INVALID',
        `${file} could not be read (${cause.code}); give a file with one API key a line`,
        { file },
        { cause },
      );
    });
    given.push(...text.split('\n'));
  }
  const keys = given.map((key) => key.trim()).filter((key) => key !== '');
  if (file !== undefined && keys.length === 0) {
    // A server that was meant to be closed must not be open.
    throw new AutopruneError('ARGUMENT_INVALID', `${file} holds no API key; write one a line`, {
      file,
    });
  }
  return keys;
}

const LIMITS = [
  'maxWaiting',
  'maxBodyBytes',
  'maxPictures',
  'maxPicturePixels',
  'maxNewTokens',
] as const;

async function start(io: CommandIo, options: ServeOptions): Promise<RunningServer> {
  const { method, parameters, budget, reference } = pruningChoice(options);
  const keys = await apiKeys(io, options.apiKeyFile);
  const { model, dtype, cacheDtype, threads, ignoreMemory, visionTower } = options;
  const limits = Object.fromEntries(
    LIMITS.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
  const progress = startProgress(io, options.progress);
  const { onProgress } = loadingOptions(io, options, model, progress);
  const settings: ServerOptions = {
    model: { ref: model, dtype, cacheDtype, threads, ignoreMemory, visionTower },
    modelName: options.modelName,
    host: options.host,
    port: options.port,
    processes: options.processes,
    answersAtOnce: options.answersAtOnce,
    playground: options.playground,
    apiKeys: keys,
    limits,
    defaults: { method: method.name, parameters, budget, reference },
    ...(onProgress ? { onProgress } : {}),
    onLog: (line) => note(io, line),
  };
  try {
    const { startServer } = await import('@autoprune/server');
    const server = await startServer(settings);
    if (keys.length === 0 && !['127.0.0.1', 'localhost', '::1'].includes(options.host)) {
      note(io, `No API keys: everyone who reaches ${options.host} may ask. See --api-key-file.`);
    }
    return server;
  } finally {
    progress.end();
  }
}

async function serve(io: CommandIo, options: ServeOptions): Promise<void> {
  const server = await start(io, options);
  const { url, modelName } = server;
  if (options.json) printJson(io, { url, openai: `${url}/v1`, model: modelName });
  else {
    print(io, `${modelName} is served at ${url}/v1`);
    if (options.playground) print(io, `The playground is at ${url}/`);
  }
  await stopAsked(io.signal);
  note(io, 'Stopping: running answers are completed.');
  await server.close();
}

/** Resolves on Ctrl-C, or when a service manager says that it is enough. */
function stopAsked(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    process.once('SIGTERM', () => resolve());
  });
}
