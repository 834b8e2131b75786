import { defaultBudget, fitSchedule } from '@autoprune/core';
import {
  availableMemory,
  type CheckpointFiles,
  chooseDtype,
  DTYPES,
  type Dtype,
  estimateMemory,
  type MemoryEstimate,
  readCheckpoint,
  resolveModel,
  tileTokens,
} from '@autoprune/llava';
import { Command } from 'commander';
import { type CommandIo, print, printJson } from '../io.js';
import { metric, percent } from '../output/quantities.js';
import { renderTable } from '../output/table.js';

/** `autoprune inspect`: what a checkpoint is, without loading its weights. */
export function inspectCommand(io: CommandIo): Command {
  return new Command('inspect')
    .description('show what a checkpoint is and what it needs, without loading its weights')
    .argument('[model]', 'tiny, a folder, or an id of the hub', 'tiny')
    .option(
      '--vision-tower <ref>',
      'folder or id of the vision tower, for checkpoints that keep it elsewhere',
    )
    .option('--json', 'print one JSON object')
    .action(async (ref: string, options: { json?: boolean; visionTower?: string }) => {
      const { id, folder } = await resolveModel(ref);
      const summary = inspection(id, await readCheckpoint(folder, options));
      if (options.json) printJson(io, summary);
      else print(io, inspectionText(summary));
    });
}

interface Inspection {
  readonly id: string;
  readonly folder: string;
  readonly family: string;
  readonly decoder: CheckpointFiles['config']['decoder'];
  readonly vision: CheckpointFiles['config']['vision'];
  readonly visualTokensPerTile: number;
  readonly vocabulary: { readonly tokens: number; readonly eosTokenIds: readonly number[] };
  readonly chatTemplate: 'own' | 'family';
  readonly weights: {
    readonly tensors: number;
    readonly parameters: number;
    readonly storedBytes: number;
    readonly dtypes: readonly string[];
    readonly files: number;
  };
  /** Bytes by precision: weights as held, keys and values of the largest prompt, and the expected peak. */
  readonly memory: Readonly<Record<Dtype, MemoryEstimate>>;
  /** Bytes that a process may take now. */
  readonly availableMemory: number;
  /** The precision that `--dtype auto` would take now; null when none fits. */
  readonly autoDtype: Dtype | null;
  /** What AutoPrune makes of one tile at its default budget. */
  readonly defaultPruning: {
    readonly targetTokens: number;
    readonly meanEntering: number;
    readonly flopsRatio: number;
  };
}

function inspection(id: string, files: CheckpointFiles): Inspection {
  const { config, tensors } = files;
  const all = [...tensors.values()];
  const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
  const parameters = all.reduce((sum, { shape }) => sum + count(shape), 0);
  const visualTokens = tileTokens(config.vision);
  const { decoder } = config;
  const available = availableMemory();
  const plan = fitSchedule({
    visualTokens,
    geometry: {
      layers: decoder.layers,
      heads: decoder.heads,
      keyValueHeads: decoder.keyValueHeads,
      hiddenSize: decoder.hiddenSize,
      intermediateSize: decoder.intermediateSize,
    },
    budget: defaultBudget(visualTokens, false),
  });
  return {
    id,
    folder: files.folder,
    family: config.family,
    decoder,
    vision: config.vision,
    visualTokensPerTile: visualTokens,
    vocabulary: {
      tokens: files.tokenizer.vocabularySize,
      eosTokenIds: files.eosTokenIds,
    },
    chatTemplate: files.chatTemplate ? 'own' : 'family',
    weights: {
      tensors: all.length,
      parameters,
      storedBytes: all.reduce((sum, { length }) => sum + length, 0),
      dtypes: [...new Set(all.map(({ dtype }) => dtype))],
      files: new Set(all.map(({ file }) => file)).size,
    },
    memory: Object.fromEntries(
      DTYPES.map((dtype) => [dtype, estimateMemory(config, dtype)]),
    ) as Inspection['memory'],
    availableMemory: available,
    autoDtype: autoDtype(config, available),
    defaultPruning: {
      targetTokens: plan.meanLeaving,
      meanEntering: plan.meanEntering,
      flopsRatio: plan.flopsRatio,
    },
  };
}

/** What `--dtype auto` would take, without the complaint where nothing fits. */
function autoDtype(config: CheckpointFiles['config'], available: number): Dtype | null {
  try {
    return chooseDtype(config, available).dtype;
  } catch {
    return null;
  }
}

function inspectionText(summary: Inspection): string {
  const { decoder, vision, weights, defaultPruning } = summary;
  return renderTable({
    headings: ['', summary.id],
    rows: [
      ['family', summary.family],
      ['folder', summary.folder],
      [
        'decoder',
        `${decoder.layers} layers, width ${decoder.hiddenSize}, ${decoder.heads} heads (${decoder.keyValueHeads} key/value), MLP ${decoder.intermediateSize}, vocabulary ${decoder.vocabularySize}`,
      ],
      [
        'vision tower',
        `${vision.imageSize} px, patch ${vision.patchSize}, ${vision.featureBlock + 1} of ${vision.blocks} blocks used, width ${vision.hiddenSize}`,
      ],
      ['visual tokens', `${summary.visualTokensPerTile} a picture`],
      ['longest prompt', `${decoder.maxPositions} tokens`],
      ['prompt template', summary.chatTemplate === 'own' ? "the checkpoint's own" : "the family's"],
      [
        'weights',
        `${metric(weights.parameters)} parameters in ${weights.tensors} tensors, ${weights.dtypes.join(' and ')}, ${metric(weights.storedBytes, 'B')} in ${weights.files} file${weights.files === 1 ? '' : 's'}`,
      ],
      ...DTYPES.map((dtype) => [
        `memory, ${dtype}`,
        `about ${metric(summary.memory[dtype].peak, 'B')} at its peak, ${metric(summary.memory[dtype].weights, 'B')} of it weights${dtype === summary.autoDtype ? ' (what auto takes now)' : ''}`,
      ]),
      ['memory available', metric(summary.availableMemory, 'B')],
      [
        'AutoPrune, default',
        `${defaultPruning.targetTokens.toFixed(1)} tokens leaving a layer, ${defaultPruning.meanEntering.toFixed(1)} entering, prefill FLOPs ${percent(defaultPruning.flopsRatio)}`,
      ],
    ],
  });
}
