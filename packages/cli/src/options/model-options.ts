import { AutopruneError, suggestion } from '@autoprune/core';
import {
  availableMemory,
  CACHE_DTYPES,
  type CacheDtype,
  chooseDtype,
  DTYPES,
  type Dtype,
  type LlavaModel,
  type LoadingProgress,
  type LoadOptions,
  loadModel,
  readCheckpoint,
  resolveModel,
} from '@autoprune/llava';
import { type Command, Option } from 'commander';
import { type CommandIo, note } from '../io.js';
import { type Progress, startProgress } from '../output/progress.js';
import { wholeArgument } from './parse.js';

/** Options of every command that loads a model. */
export interface ModelOptions {
  readonly model: string;
  readonly dtype: Dtype | 'auto';
  readonly cacheDtype: CacheDtype;
  readonly ignoreMemory?: boolean;
  readonly visionTower?: string;
  readonly threads?: number;
  readonly progress: boolean;
}

/** Adds the options of loading a model. */
export function addModelOptions(command: Command): Command {
  command
    .optionsGroup('Model:')
    .addOption(
      new Option('--model <ref>', 'tiny (embedded), a folder, or an id of the Hugging Face hub')
        .default('tiny')
        .env('AUTOPRUNE_MODEL'),
    );
  return addLoadingOptions(command).option(
    '--vision-tower <ref>',
    'folder or id of the vision tower, for checkpoints that keep it elsewhere',
  );
}

/** Adds the options of loading that are not about which model. */
function addLoadingOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--dtype <type>', 'precision; auto takes the fastest that fits into memory')
        .choices(['auto', ...DTYPES])
        .default('auto')
        .env('AUTOPRUNE_DTYPE'),
    )
    .addOption(
      new Option('--cache-dtype <type>', 'how keys and values are held while an answer is written')
        .choices([...CACHE_DTYPES])
        .default('fp32')
        .env('AUTOPRUNE_CACHE_DTYPE'),
    )
    .addOption(
      new Option('--threads <n>', 'threads of one operator (default: all)')
        .argParser(wholeArgument(1))
        .env('AUTOPRUNE_THREADS'),
    )
    .option('--ignore-memory', 'load even when the model does not seem to fit into memory')
    .option('--no-progress', 'show no progress on standard error');
}

/** What the loader is told, with its progress on standard error. */
export function loadingOptions(
  io: CommandIo,
  { dtype, cacheDtype, threads, ignoreMemory }: Omit<ModelOptions, 'model'>,
  title: string,
  progress: Progress,
): LoadOptions {
  return {
    signal: io.signal,
    dtype,
    cacheDtype,
    threads,
    ignoreMemory,
    onProgress: (report) => showLoading(io, report, title, progress),
  };
}

function showLoading(
  io: CommandIo,
  report: LoadingProgress,
  title: string,
  progress: Progress,
): void {
  if (report.stage === 'dtype') {
    // Nobody needs to hear that a small model runs as it is.
    if (report.dtype !== 'fp32') note(io, `Precision ${report.reason}`);
    return;
  }
  const work = report.stage === 'convert' ? 'Converting' : 'Loading';
  progress.update(`${work} ${title}: ${report.part} (${report.done} of ${report.total})`);
}

/**
 * The precision that the options stand for, with `auto` decided once, so that all parts of a run agree on it.
 *
 * @throws CHECKPOINT_* for a model that cannot be read, OUT_OF_MEMORY where nothing fits
 */
export async function decidedDtype(io: CommandIo, options: ModelOptions): Promise<Dtype> {
  const { dtype, cacheDtype, model, visionTower } = options;
  if (dtype !== 'auto') return dtype;
  const { folder } = await resolveModel(model);
  const { config } = await readCheckpoint(folder, { visionTower });
  const choice = chooseDtype(config, availableMemory(), cacheDtype);
  if (choice.dtype !== 'fp32') note(io, `Precision ${choice.reason}`);
  return choice.dtype;
}

/** Loads the model of the options, with progress. */
export async function loadWithProgress(io: CommandIo, options: ModelOptions): Promise<LlavaModel> {
  const { model, visionTower } = options;
  const progress = startProgress(io, options.progress);
  try {
    return await loadModel(model, {
      ...loadingOptions(io, options, model, progress),
      visionTower,
    });
  } catch (error) {
    if (AutopruneError.isInstance(error, 'CHECKPOINT_NOT_FOUND')) {
      throw new AutopruneError(error.code, `${error.message}${suggestion(model, ['tiny'])}`, {
        ...error.details,
      });
    }
    throw error;
  } finally {
    progress.end();
  }
}
