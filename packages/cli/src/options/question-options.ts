import type { GenerateOptions, ImageMode, PromptTemplate } from '@autoprune/llava';
import { type LlavaModel, namedTemplate, readPromptTemplate } from '@autoprune/llava';
import { type Command, Option } from 'commander';
import { collect, numberArgument, wholeArgument } from './parse.js';
import { pruningChoice } from './pruning-choice.js';
import type { PruningOptions } from './pruning-options.js';

/** Options of pictures, prompts and generation. */
export interface QuestionOptions extends PruningOptions {
  readonly imageMode: ImageMode;
  readonly frame?: number;
  readonly template: string;
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly stop?: readonly string[];
}

/** Adds the options of pictures, prompts and generation. */
export function addQuestionOptions(command: Command): Command {
  return command
    .optionsGroup('Picture and prompt:')
    .addOption(
      new Option(
        '--image-mode <mode>',
        'how a picture becomes a square: as the checkpoint says, padded, or cut out of its middle',
      )
        .choices(['checkpoint', 'pad', 'crop'])
        .default('checkpoint')
        .env('AUTOPRUNE_IMAGE_MODE'),
    )
    .addOption(
      new Option('--frame <n>', 'frame of an animated picture, from 0').argParser(wholeArgument(0)),
    )
    .addOption(
      new Option(
        '--template <name|file>',
        "auto (the checkpoint's own, else the family's), vicuna_v1, llava_v1, or a Jinja file",
      )
        .default('auto')
        .env('AUTOPRUNE_TEMPLATE'),
    )
    .optionsGroup('Generation:')
    .addOption(
      new Option('--max-new-tokens <n>', 'most tokens to generate')
        .argParser(wholeArgument(1))
        .default(128)
        .env('AUTOPRUNE_MAX_NEW_TOKENS'),
    )
    .addOption(
      new Option('--temperature <t>', '0 takes the best token, above 0 draws')
        .argParser(numberArgument)
        .default(0)
        .env('AUTOPRUNE_TEMPERATURE'),
    )
    .addOption(
      new Option('--top-p <p>', 'draw from the tokens that together reach this probability')
        .argParser(numberArgument)
        .default(1),
    )
    .addOption(
      new Option('--top-k <k>', 'draw from this many best tokens; 0 for all')
        .argParser(wholeArgument(0))
        .default(0),
    )
    .addOption(
      new Option('--stop <text>', 'end the answer at this text; may be repeated').argParser(
        collect,
      ),
    );
}

/** The template of `--template`. */
async function templateOf(model: LlavaModel, name: string): Promise<PromptTemplate> {
  if (name === 'auto') return model.template;
  if (name === 'vicuna_v1' || name === 'llava_v1') return namedTemplate(name);
  return readPromptTemplate(name, model.files.tokenizer);
}

/** What the options say, as llava takes it; without messages and pictures. */
export async function generateOptions(
  model: LlavaModel,
  options: QuestionOptions,
): Promise<Omit<GenerateOptions, 'messages' | 'images' | 'signal'>> {
  const { imageMode, frame, maxNewTokens, temperature, topP, topK, stop } = options;
  return {
    ...pruningChoice(options),
    template: await templateOf(model, options.template),
    imageMode,
    ...(frame === undefined ? {} : { frame }),
    maxNewTokens,
    temperature,
    topP,
    topK,
    ...(stop ? { stop } : {}),
  };
}
