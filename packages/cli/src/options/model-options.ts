import { AutopruneError, suggestion } from '@autoprune/core';
import { type LlavaModel, loadModel } from '@autoprune/llava';
import { type Command, Option } from 'commander';
import type { CommandIo } from '../io.js';
import { startProgress } from '../output/progress.js';
import { wholeArgument } from './parse.js';

/** Options of every command that loads a model. */
export interface ModelOptions {
  readonly model: string;
  readonly dtype: string;
  readonly visionTower?: string;
  readonly threads?: number;
  readonly progress: boolean;
}

/** Adds the options of loading a model. */
export function addModelOptions(command: Command): Command {
  return command
    .optionsGroup('Model:')
    .addOption(
      new Option('--model <ref>', 'tiny (embedded), a folder, or an id of the Hugging Face hub')
        .default('tiny')
        .env('AUTOPRUNE_MODEL'),
    )
    .addOption(
      new Option('--dtype <type>', 'precision of the arithmetic')
        .choices(['auto', 'fp32', 'int8', 'int4', 'mixed'])
        .default('auto')
        .env('AUTOPRUNE_DTYPE'),
    )
    .addOption(
      new Option('--threads <n>', 'threads of one operator (default: all)')
        .argParser(wholeArgument(1))
        .env('AUTOPRUNE_THREADS'),
    )
    .option(
      '--vision-tower <ref>',
      'folder or id of the vision tower, for checkpoints that keep it elsewhere',
    )
    .option('--no-progress', 'show no progress on standard error');
}

/** Loads the model of the options, with progress. */
export async function loadWithProgress(io: CommandIo, options: ModelOptions): Promise<LlavaModel> {
  const { dtype, model, threads, visionTower } = options;
  if (dtype !== 'fp32' && dtype !== 'auto') {
    throw new AutopruneError(
      'CHECKPOINT_UNSUPPORTED',
      `--dtype ${dtype} is not available yet; use fp32 or auto`,
      { dtype },
    );
  }
  const progress = startProgress(io, options.progress);
  try {
    return await loadModel(model, {
      signal: io.signal,
      ...(threads === undefined ? {} : { threads }),
      visionTower,
      onProgress: ({ done, total, part }) =>
        progress.update(`Loading ${model}: ${part} (${done} of ${total})`),
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
