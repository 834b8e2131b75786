import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { EXIT, exitCodeOf, isAbort } from '../exit-codes.js';
import { type CommandIo, note, print } from '../io.js';
import { addConfigOption } from '../options/config-file.js';
import { addModelOptions, loadWithProgress, type ModelOptions } from '../options/model-options.js';
import { pruningChoice } from '../options/pruning-choice.js';
import { addPruningOptions } from '../options/pruning-options.js';
import {
  addQuestionOptions,
  generateOptions,
  type QuestionOptions,
} from '../options/question-options.js';
import { costLine } from '../output/cost-line.js';
import { resultJson } from '../output/result-json.js';
import { readPictures } from '../picture-arguments.js';

interface ChatCommandOptions extends ModelOptions, QuestionOptions {
  readonly reuseCache?: boolean;
  readonly system?: string;
  readonly json?: boolean;
}

const HELP = 'A line is a question. /new begins again, /quit (or Ctrl-D) ends.';

/** `autoprune chat`: several questions about the same pictures. */
export function chatCommand(io: CommandIo): Command {
  const command = new Command('chat')
    .description('ask several questions about the same pictures, one a line')
    .argument('<pictures...>', 'pictures that the conversation is about');
  addConfigOption(command);
  addModelOptions(command);
  addPruningOptions(command);
  addQuestionOptions(command);
  return command
    .option('--system <text>', 'system message of the conversation')
    .option(
      '--reuse-cache',
      "go on with the first turn's pruned cache instead of reading the conversation again; methods that look at the question do not choose again",
    )
    .optionsGroup('Output:')
    .option('--json', 'print one JSON object a turn, each on one line')
    .action((paths: string[], options: ChatCommandOptions) => chat(io, paths, options));
}

async function chat(io: CommandIo, paths: string[], options: ChatCommandOptions): Promise<void> {
  pruningChoice(options);
  await using model = await loadWithProgress(io, options);
  const images = await readPictures(io, model, paths, options);
  const settings = {
    ...(await generateOptions(model, options)),
    images,
    onAbort: 'keep' as const,
    ...(options.system === undefined ? {} : { system: options.system }),
    ...(options.reuseCache ? { reuseCache: true } : {}),
  };
  let session = model.startChat(settings);
  const interactive = io.stdin.isTTY === true;
  const lines = createInterface({
    input: io.stdin,
    ...(interactive ? { output: io.stderr, prompt: '› ' } : {}),
  });
  io.signal.addEventListener('abort', () => lines.close(), { once: true });
  if (interactive) note(io, HELP);
  try {
    lines.prompt();
    for await (const line of lines) {
      const question = line.trim();
      if (question === '/quit' || question === '/exit') break;
      if (question === '/help') note(io, HELP);
      else if (question === '/new') {
        session.release();
        session = model.startChat(settings);
        note(io, 'The conversation begins again.');
      } else if (question !== '') await turn(io, session, question, options);
      if (io.signal.aborted) break;
      lines.prompt();
    }
  } finally {
    lines.close();
    session.release();
  }
  if (io.signal.aborted) process.exitCode = EXIT.interrupted;
}

async function turn(
  io: CommandIo,
  session: ReturnType<Awaited<ReturnType<typeof loadWithProgress>>['startChat']>,
  question: string,
  options: ChatCommandOptions,
): Promise<void> {
  try {
    const generation = session.ask(question, { signal: io.signal });
    for await (const part of generation) {
      if (part.type === 'text-delta' && !options.json) io.stdout.write(part.text);
    }
    const result = await generation;
    if (options.json) print(io, JSON.stringify(resultJson(result)));
    else {
      print(io, '');
      note(io, costLine(result));
    }
  } catch (error) {
    // A turn that cannot be answered (too long, say) does not end the conversation.
    if (isAbort(error) || exitCodeOf(error) !== EXIT.usage) throw error;
    note(io, (error as Error).message);
  }
}
