import type { BudgetScope } from '@autoprune/core';
import { type Command, Option } from 'commander';
import { loadMethodModules } from './method-modules.js';
import { collect, numberArgument, wholeArgument } from './parse.js';

/** Options of choosing a method and a budget. */
export interface PruningOptions {
  readonly method: string;
  readonly targetTokens?: number;
  readonly budget?: string;
  readonly budgetScope?: BudgetScope;
  readonly layerSpecs?: string;
  readonly keepRatio?: number;
  readonly x0?: number;
  readonly k0?: number;
  readonly gamma?: number;
  readonly visualTokenNum?: number;
  readonly param?: readonly string[];
  readonly reference?: boolean;
  readonly seed: number;
}

/** Adds AutoPrune's own parameters, under their published names. */
export function addCurveOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--x0 <layer>',
        'midpoint of the retention curve in a 32-layer decoder; under a fixed budget a larger midpoint keeps fewer tokens early and more late (the published README says the opposite, which holds only without a budget) (default: 14.9)',
      )
        .argParser(numberArgument)
        .env('AUTOPRUNE_X0'),
    )
    .addOption(
      new Option('--k0 <slope>', 'slope of the curve at zero complexity (default: 0.4)')
        .argParser(numberArgument)
        .env('AUTOPRUNE_K0'),
    )
    .addOption(
      new Option(
        '--gamma <number>',
        'fall of the slope per bit of mutual information (default: 0.2)',
      )
        .argParser(numberArgument)
        .env('AUTOPRUNE_GAMMA'),
    );
}

/** Adds the options of choosing a method and a budget. */
export function addPruningOptions(command: Command): Command {
  command
    .hook('preAction', async () => {
      const { method } = command.opts<PruningOptions>();
      command.setOptionValue('method', await loadMethodModules(method));
    })
    .optionsGroup('Pruning:')
    .addOption(
      new Option(
        '--method <name>',
        'pruning method, or several joined by plus signs (visionzip+fastv+snapkv); also a .mjs file or a package that exports one; see autoprune methods',
      )
        .default('autoprune')
        .env('AUTOPRUNE_METHOD'),
    )
    .addOption(
      new Option(
        '--layer-specs <specs>',
        "stages as layer:method[:ratio], as in 2:fastv:0.5;12:pdrop:0.5 (UniPruneBench's strings); instead of --method",
      ),
    )
    .addOption(
      new Option(
        '--keep-ratio <r>',
        'share of the visual tokens that is kept, max(1, int(n · r)); the same as --budget keepRatio=r',
      )
        .argParser(numberArgument)
        .conflicts(['budget', 'targetTokens']),
    )
    .addOption(
      new Option(
        '--target-tokens <n>',
        'mean of the visual tokens leaving a layer, the papers\' "average tokens" (default: 2/9 of them; 64 with --reference)',
      )
        .argParser(numberArgument)
        .conflicts('budget')
        .env('AUTOPRUNE_TARGET_TOKENS'),
    )
    .addOption(
      new Option(
        '--budget <kind=value>',
        'meanLeaving=N, meanEntering=N, flops=R, keepRatio=R or native',
      ).env('AUTOPRUNE_BUDGET'),
    )
    .addOption(
      new Option(
        '--budget-scope <scope>',
        'what shares the budget: all pictures together, or each picture or tile for itself (default: total)',
      )
        .choices(['total', 'image', 'tile'])
        .env('AUTOPRUNE_BUDGET_SCOPE'),
    );
  return addCurveOptions(command)
    .addOption(
      new Option(
        '--visual-token-num <n>',
        'cap on the visual tokens that enter the decoder, over all crops of a picture, never per crop',
      )
        .argParser(wholeArgument(1))
        .env('AUTOPRUNE_VISUAL_TOKEN_NUM'),
    )
    .addOption(
      new Option('--param <name=value>', 'a parameter of the method; may be repeated').argParser(
        collect,
      ),
    )
    .option(
      '--reference',
      'do what the published scripts do: unscaled constants, their schedule search, padded pictures',
    )
    .addOption(
      new Option('--seed <n>', 'seed of everything random')
        .argParser(wholeArgument(0))
        .default(0)
        .env('AUTOPRUNE_SEED'),
    );
}
