import { type BenchmarkCheck, benchmarks, checkBenchmark, loadBenchmark } from '@autoprune/eval';
import { Command } from 'commander';
import { EXIT } from '../exit-codes.js';
import { type CommandIo, print, printJson } from '../io.js';
import { renderTable } from '../output/table.js';

type Benchmark = (typeof benchmarks)[number];

/** `autoprune benchmarks`: what can be scored, by which definitions, and whether its data is in place. */
export function benchmarksCommand(io: CommandIo): Command {
  const command = new Command('benchmarks')
    .description('list the benchmarks, their definitions and the names other tools use')
    .argument('[benchmark...]', 'these alone: ids, or specifications of your own by path')
    .option('--json', 'print the whole list as JSON')
    .action(async (names: string[], options: { json?: boolean }) => {
      const listed = names.length === 0 ? benchmarks : await Promise.all(names.map(loadBenchmark));
      if (options.json) printJson(io, listed.map(benchmarkRow));
      else print(io, benchmarksText(listed));
    });
  command
    .command('check')
    .description('look whether files, questions, ids and pictures are in place')
    .argument('<benchmark...>', 'ids, names of lmms-eval or VLMEvalKit, or specifications by path')
    .requiredOption('--data <path>', "the benchmark's folder, or playground/data/eval of LLaVA")
    .action(async (names: string[], options: { data: string }) => {
      const { json } = command.opts<{ json?: boolean }>();
      const checks: BenchmarkCheck[] = [];
      for (const name of names)
        checks.push(await checkBenchmark(await loadBenchmark(name), options.data));
      if (json) printJson(io, checks);
      else print(io, checks.map(checkText).join('\n\n'));
      if (checks.some(({ problems }) => problems.length > 0)) process.exitCode = EXIT.usage;
    });
  return command;
}

/** The fields of a benchmark that are data. */
function benchmarkRow(benchmark: Benchmark): object {
  const { id, title, aliases, groups, questionCount, definitions, files, submission } = benchmark;
  return {
    id,
    title,
    questions: questionCount,
    groups,
    aliases,
    definitions,
    files,
    submission: submission ?? null,
    upload: benchmark.upload !== undefined,
  };
}

function benchmarksText(listed: readonly Benchmark[]): string {
  return renderTable({
    headings: ['benchmark', 'questions', 'definitions (* not verified)', 'groups', 'title'],
    rows: listed.map(({ id, questionCount, definitions, groups, title }) => [
      id,
      String(questionCount),
      definitions.map(({ name, verified }) => `${name}${verified ? '' : '*'}`).join(', '),
      groups.join(', '),
      title,
    ]),
  });
}

function checkText({ benchmark, folder, questions, pictures, problems }: BenchmarkCheck): string {
  const found = `${questions.found} questions, ${pictures.needed - pictures.missing} of ${pictures.needed} pictures`;
  const state = problems.length === 0 ? 'in place' : `${problems.length} problems`;
  return [
    `${benchmark} in ${folder}: ${state} (${found})`,
    ...problems.map((problem) => `  ${problem}`),
  ].join('\n');
}
