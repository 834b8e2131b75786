import {
  askJudge,
  judgeRequests,
  loadBenchmark,
  repliesBeside,
  writeJudgeRequests,
} from '@autoprune/eval';
import { Command } from 'commander';
import { EXIT } from '../exit-codes.js';
import { type CommandIo, note, print, printJson } from '../io.js';

interface JudgeOptions {
  readonly predictions: string;
  readonly data: string;
  readonly model: string;
  readonly requests: string;
  readonly images?: string;
  readonly endpoint?: string;
  readonly apiKeyEnv: string;
  readonly replies?: string;
  readonly json?: boolean;
}

/** `autoprune judge`: writes what a judge is to be asked, and has an endpoint answer it. */
export function judgeCommand(io: CommandIo): Command {
  return new Command('judge')
    .description('write requests to a judge, and have any OpenAI-compatible endpoint answer them')
    .argument('<benchmark>', 'id, its name in lmms-eval or VLMEvalKit, or a specification file')
    .requiredOption('--predictions <path>', 'answer file, or the folder that holds it')
    .requiredOption('--data <path>', "the benchmark's folder, or playground/data/eval of LLaVA")
    .requiredOption('--model <name>', 'the judge, as its endpoint calls it')
    .requiredOption('--requests <file>', 'request file to write, in the format of OpenAI batches')
    .option('--images <folder>', 'where the picture paths of the data begin')
    .option('--endpoint <address>', 'have this endpoint answer, up to and with /v1')
    .option('--api-key-env <name>', 'environment variable with its key', 'OPENAI_API_KEY')
    .option('--replies <file>', 'reply file to append to; by default beside the answer file')
    .option('--json', 'print one JSON object')
    .action(async (name: string, options: JudgeOptions) => {
      const { predictions, data, model, requests: path, images, endpoint } = options;
      const key = io.env[options.apiKeyEnv];
      const requests = await judgeRequests(await loadBenchmark(name), { predictions, data });
      await writeJudgeRequests(path, requests, {
        model,
        ...(images !== undefined && { imageFolder: images }),
      });
      note(io, `wrote ${requests.length} requests to ${path}`);
      const replies = options.replies ?? repliesBeside(predictions);
      const run =
        endpoint === undefined
          ? { answered: 0, skipped: 0, failed: [] }
          : await askJudge(path, replies, {
              address: endpoint,
              signal: io.signal,
              ...(key && { key }),
            });
      for (const { id, reason } of run.failed) note(io, `no reply about ${id}: ${reason}`);
      const asked = endpoint === undefined ? null : replies;
      if (options.json) printJson(io, { requests: requests.length, replies: asked, ...run });
      else if (asked !== null) print(io, `${run.answered} of ${requests.length} judged: ${asked}`);
      else print(io, `${requests.length} requests: ${path}`);
      if (run.failed.length > 0) process.exitCode = EXIT.failedSamples;
    });
}
