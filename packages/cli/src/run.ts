import { AutopruneError } from '@autoprune/core';
import { Command, CommanderError } from 'commander';
import { askCommand } from './commands/ask.js';
import { benchCommand } from './commands/bench.js';
import { benchmarksCommand } from './commands/benchmarks.js';
import { cacheCommand } from './commands/cache.js';
import { chatCommand } from './commands/chat.js';
import { compareCommand } from './commands/compare.js';
import { completionCommand } from './commands/completion.js';
import { demoCommand } from './commands/demo.js';
import { doctorCommand } from './commands/doctor.js';
import { evalCommand } from './commands/eval.js';
import { inspectCommand } from './commands/inspect.js';
import { judgeCommand } from './commands/judge.js';
import { mergeCommand } from './commands/merge.js';
import { methodsCommand } from './commands/methods.js';
import { pullCommand } from './commands/pull.js';
import { reportCommand } from './commands/report.js';
import { scheduleCommand } from './commands/schedule.js';
import { scoreCommand } from './commands/score.js';
import { serveCommand } from './commands/serve.js';
import { EXIT, exitCodeOf, isAbort } from './exit-codes.js';
import { type CommandIo, note } from './io.js';
import { warnPublishedEnvironment } from './options/published-environment.js';
import { PUBLISHED_FLAGS, rewritePublishedFlags } from './options/published-flags.js';
import { VERSION } from './version.js';

const FOOTER = `
Results go to standard output, progress and remarks to standard error.
Exit codes: 0 ok, 1 unexpected, 2 usage or bad input, 3 not found, 4 unsupported, 5 out of memory,
6 finished with failed samples, 130 interrupted.
Flags of published scripts and other words for ours work too: ${Object.keys(PUBLISHED_FLAGS).join(' ')}.`;

/** The whole command line. */
export function createProgram(io: CommandIo): Command {
  const program = new Command('autoprune')
    .description(
      'Visual-token pruning for vision-language models: ask, compare, see what was dropped.',
    )
    .version(VERSION)
    .addHelpText('after', FOOTER)
    .showHelpAfterError('(autoprune --help shows the commands and flags)');
  program.hook('preAction', () => warnPublishedEnvironment(io));
  const commands = [
    demoCommand(io),
    askCommand(io),
    chatCommand(io),
    compareCommand(io),
    scheduleCommand(io),
    methodsCommand(io),
    pullCommand(io),
    cacheCommand(io),
    benchmarksCommand(io),
    scoreCommand(io),
    judgeCommand(io),
    evalCommand(io),
    mergeCommand(io),
    reportCommand(io),
    serveCommand(io),
    inspectCommand(io),
    benchCommand(io),
    doctorCommand(io),
    completionCommand(io, program),
  ];
  for (const command of commands) {
    program.addCommand(command);
    command.showHelpAfterError(`(autoprune ${command.name()} --help shows the flags)`);
  }
  const all = [program, ...commands, ...commands.flatMap((command) => command.commands)];
  for (const command of all) {
    command.exitOverride().configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    });
  }
  return program;
}

/**
 * Runs one command line.
 *
 * @param args  the words after `autoprune`
 * @returns the exit code
 */
export async function run(args: readonly string[], io: CommandIo): Promise<number> {
  process.exitCode = EXIT.ok;
  try {
    const program = createProgram(io);
    if (args.length === 0) {
      program.outputHelp();
      return EXIT.ok;
    }
    await program.parseAsync(rewritePublishedFlags(args), { from: 'user' });
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    const code = exitCodeOf(error);
    // commander has already written its own message.
    if (!(error instanceof CommanderError) && !isAbort(error)) note(io, errorLine(error, io));
    return code;
  }
}

/** One line for people; the stack only for errors that nobody foresaw, and only when asked for. */
function errorLine(error: unknown, io: CommandIo): string {
  if (AutopruneError.isInstance(error)) return `error: ${error.message}`;
  const { message = String(error), stack } = error as Error;
  if (io.env.AUTOPRUNE_DEBUG && stack) return stack;
  return `unexpected error: ${message.split('\n')[0]} (AUTOPRUNE_DEBUG=1 shows where)`;
}
