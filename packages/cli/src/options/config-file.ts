import { readFile } from 'node:fs/promises';
import { AutopruneError, suggestion } from '@autoprune/core';
import type { Command, Option } from 'commander';
import { z } from 'zod';

/** Options that say the same in several ways: one of them on the command line replaces all of them in the file. */
const ALTERNATIVES: readonly (readonly string[])[] = [
  ['budget', 'targetTokens', 'keepRatio'],
  ['method', 'layerSpecs'],
];

const ownName = 'config';

/** What the file may say for an option; its range is for the option's own parser. */
function valueSchema({ argChoices, parseArg, long, ...option }: Option): z.ZodType {
  if (option.negate || (!option.required && !option.optional)) return z.boolean();
  if (argChoices) return z.enum(argChoices);
  if (!parseArg) return z.string();
  return z.union([z.string(), z.number(), z.array(z.string())], {
    error: `${long} takes a number, a text or a list of texts`,
  });
}

const optionsOf = (command: Command): ReadonlyMap<string, Option> =>
  new Map(
    command.options
      .filter((option) => option.attributeName() !== ownName)
      .map((option) => [option.attributeName(), option]),
  );

function invalid(path: string, field: string, reason: string, cause?: unknown): AutopruneError {
  return new AutopruneError(
    'ARGUMENT_INVALID',
    `${path}: ${field}: ${reason}`,
    { path, field },
    cause === undefined ? {} : { cause },
  );
}

async function readObject(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `The configuration ${path} could not be read (${(cause as Error).message}); give a JSON file`,
      { path },
      { cause },
    );
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(path, 'the file', `is not JSON (${(cause as Error).message})`, cause);
  }
}

/** Options of a file by name, checked but for their ranges. */
function checked(
  path: string,
  value: unknown,
  options: ReadonlyMap<string, Option>,
): Readonly<Record<string, unknown>> {
  const schema = z.strictObject(
    Object.fromEntries(
      [...options].map(([name, option]) => [name, valueSchema(option).optional()]),
    ),
  );
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    if (issue.code === 'unrecognized_keys') {
      const key = issue.keys[0]!;
      const names = [...options.keys()];
      const known = suggestion(key, names) || `; this command knows ${names.join(', ')}`;
      throw invalid(path, key, `is no option${known}`);
    }
    throw invalid(path, issue.path.join('.') || 'the file', issue.message);
  }
  for (const names of ALTERNATIVES) {
    const given = names.filter((name) => parsed.data[name] !== undefined);
    if (given.length > 1) throw invalid(path, given.join(' and '), 'say the same; leave one');
  }
  return parsed.data;
}

/** The value of an option as its own parser makes it. */
function optionValue(path: string, name: string, { parseArg }: Option, value: unknown): unknown {
  if (!parseArg || typeof value === 'boolean') return value;
  const texts = (Array.isArray(value) ? value : [value]).map(String);
  try {
    return texts.reduce<unknown>((previous, text) => parseArg(text, previous), undefined);
  } catch (error) {
    throw invalid(path, name, (error as Error).message, error);
  }
}

async function applyConfig(command: Command, path: string): Promise<void> {
  const options = optionsOf(command);
  const isGiven = (name: string): boolean =>
    !['default', 'config', undefined].includes(command.getOptionValueSource(name));
  const values = checked(path, await readObject(path), options);
  for (const [name, value] of Object.entries(values)) {
    const same = ALTERNATIVES.find((names) => names.includes(name)) ?? [name];
    if (value === undefined || same.some(isGiven)) continue;
    const parsed = optionValue(path, name, options.get(name)!, value);
    command.setOptionValueWithSource(name, parsed, 'config');
  }
}

/**
 * Adds `--config`: a JSON object of the command's options by their names in a program (`maxNewTokens`). Flags and
 * environment variables win over it. To be added before options whose hooks read values.
 *
 * At run time: ARGUMENT_INVALID naming the file and the field
 */
export function addConfigOption(command: Command): Command {
  return command
    .option('--config <file>', 'JSON file of options; flags win over it (docs/config-file.md)')
    .hook('preAction', async () => {
      const path = command.opts<{ readonly config?: string }>().config;
      if (path !== undefined) await applyConfig(command, path);
    });
}
