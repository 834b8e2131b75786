import { mergeShards } from '@autoprune/eval';
import { Command } from 'commander';
import { EXIT } from '../exit-codes.js';
import { type CommandIo, note, print, printJson } from '../io.js';

/** `autoprune merge`: joins the answer files of shards. */
export function mergeCommand(io: CommandIo): Command {
  return new Command('merge')
    .description('join the answer files of the shards of a run, and report what is missing')
    .argument('<folder>', 'the folder of the run (that of the benchmark below --out)')
    .option('--json', 'print one JSON object')
    .action(async (folder: string, options: { json?: boolean }) => {
      const outcome = await mergeShards(folder);
      const { answerFile, answers, missingShards, missingAnswers } = outcome;
      if (options.json) printJson(io, outcome);
      else print(io, `${answers} answers in ${answerFile}`);
      if (missingShards.length > 0) note(io, `missing shards: ${missingShards.join(', ')}`);
      if (missingAnswers > 0) {
        note(io, `missing answers: ${missingAnswers}`);
        process.exitCode = EXIT.failedSamples;
      }
    });
}
