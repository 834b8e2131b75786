import { join } from 'node:path';
import {
  type BenchmarkScore,
  compareWithPublished,
  type DefinitionScore,
  loadBenchmark,
  type MetricValue,
  type PublishedComparison,
  scoreBenchmark,
  uploadFiles,
} from '@autoprune/eval';
import { Command } from 'commander';
import { type CommandIo, note, print, printJson } from '../io.js';
import { writeLinesWhole, writeWhole } from '../output/write-whole.js';

interface ScoreOptions {
  readonly predictions: string;
  readonly data: string;
  readonly definition?: string;
  readonly items?: string;
  readonly upload?: string;
  readonly published?: string;
  readonly json?: boolean;
}

/** `autoprune score`: scores an answer file as the benchmark's own script does. No model is loaded. */
export function scoreCommand(io: CommandIo): Command {
  return new Command('score')
    .description("score an answer file exactly as the benchmark's own script does, without a model")
    .argument(
      '<benchmark>',
      'id, its name in lmms-eval or VLMEvalKit (see benchmarks), or a specification of your own (a .json file)',
    )
    .requiredOption(
      '--predictions <path>',
      'answer file (also the .xlsx of VLMEvalKit), or its folder',
    )
    .requiredOption('--data <path>', "the benchmark's folder, or playground/data/eval of LLaVA")
    .option('--definition <name>', 'one definition instead of all')
    .option('--items <file>', 'write every item as JSON Lines: gold, answer, parsed, rule, score')
    .option('--upload <folder>', 'write the files that the benchmark takes as a submission')
    .option(
      '--published <model[:method[:tokens]]>',
      'hold the score against published ones, as llava-1.5-7b or llava-1.5-7b:autoprune:64',
    )
    .option('--json', 'print one JSON object')
    .action(async (name: string, options: ScoreOptions) => {
      const benchmark = await loadBenchmark(name);
      const { predictions, data, definition } = options;
      if (options.upload !== undefined) {
        for (const file of await uploadFiles(benchmark, { predictions, data })) {
          const path = join(options.upload, file.name);
          await writeWhole(path, file.content);
          note(io, `wrote ${path}`);
        }
      }
      const score = await scoreBenchmark(benchmark, {
        predictions,
        data,
        ...(definition === undefined ? {} : { definition }),
      });
      if (options.items !== undefined) await writeLinesWhole(options.items, itemLines(score));
      const checks = publishedChecks(score, options.published);
      if (options.json)
        printJson(io, { ...scoreJson(score), ...(checks && { published: checks }) });
      else print(io, [scoreText(score), ...(checks ?? []).map(checkText)].join('\n\n'));
      if (checks?.length === 0) note(io, `no published score of ${options.published} is built in`);
    });
}

/** Published scores beside ours, where they were asked for. */
function publishedChecks(
  score: BenchmarkScore,
  wanted: string | undefined,
): PublishedComparison[] | undefined {
  if (wanted === undefined) return undefined;
  const [model = '', method, tokens] = wanted.split(':');
  return compareWithPublished(score, {
    model,
    ...(method === undefined ? {} : { method }),
    ...(tokens === undefined ? {} : { averageTokens: Number(tokens) }),
  });
}

function checkText(comparison: PublishedComparison): string {
  const { published, measured, difference, withinTolerance } = comparison;
  const { model, method, averageTokens, score, tolerance, basis, source, suspect } = published;
  const budget = averageTokens === null ? '' : ` at ${averageTokens} average tokens`;
  const verdict = withinTolerance ? 'agrees' : 'DIFFERS';
  return [
    `published for ${model} ${method}${budget}: ${score}; here ${measured.toFixed(2)} ${verdict} (${difference.toFixed(2)}, tolerance ${tolerance})`,
    `  ${basis}; ${source}`,
    ...(suspect === undefined ? [] : [`  suspect: ${suspect}`]),
  ].join('\n');
}

function* itemLines({ definitions }: BenchmarkScore): Generator<string> {
  for (const { definition, items } of definitions) {
    for (const item of items) yield JSON.stringify({ definition: definition.name, ...item });
  }
}

/** A score as `--json` prints it. */
export function scoreJson({ benchmark, definitions, counts }: BenchmarkScore): object {
  return {
    benchmark,
    definitions: definitions.map(({ definition, denominator, metrics, printed }) => ({
      name: definition.name,
      scorer: definition.scorer,
      denominator,
      denominatorMeaning: definition.denominator,
      verified: definition.verified,
      metrics,
      printed: printed ?? null,
    })),
    counts,
  };
}

const DEEPEST = 2;

/** Numbers of a metrics object as `a.b = value` lines; deeper tables are left to --json. */
function* metricLines(metrics: MetricValue, path: readonly string[] = []): Generator<string> {
  if (typeof metrics !== 'object' || metrics === null) {
    yield `  ${path.join('.')} = ${String(metrics).trimEnd()}`;
    return;
  }
  if (path.length >= DEEPEST) return;
  for (const [key, value] of Object.entries(metrics)) yield* metricLines(value, [...path, key]);
}

function definitionText({ definition, denominator, metrics }: DefinitionScore): string {
  const { repository, path, commit } = definition.scorer;
  const version = commit === null ? '' : ` @ ${commit.slice(0, 7)}`;
  const verified = definition.verified ? 'verified' : 'NOT verified';
  return [
    `${definition.name} (${verified}): ${denominator} (${definition.denominator})`,
    `  ${repository} ${path}${version}`,
    ...metricLines(metrics),
  ].join('\n');
}

/** A score as lines for people. */
export function scoreText({ benchmark, definitions, counts }: BenchmarkScore): string {
  const { items, missing, duplicate, unknown, unparsed } = counts;
  return [
    `${benchmark}: ${items} questions; ${missing} without an answer, ${duplicate} answered twice, ${unknown} unknown, ${unparsed} not parsed`,
    ...definitions.map(definitionText),
  ].join('\n\n');
}
