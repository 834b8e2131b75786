import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AutopruneError, type Method, registeredMethods, registerMethod } from '@autoprune/core';
import { registerAllMethods } from '@autoprune/core/methods';

const isPath = (text: string): boolean =>
  /^[./~]|[/\\]|\.[cm]?js$/.test(text) && !text.startsWith('@');

const FIELDS = ['name', 'title', 'sites', 'signals', 'parameters', 'simulate', 'start'] as const;

/** The method that a module exports: its default export, or `method`. */
function exportedMethod(text: string, module: Readonly<Record<string, unknown>>): Method {
  const found = (module.default ?? module.method) as Partial<Method> | undefined;
  if (typeof found !== 'object' || found === null) {
    throw new AutopruneError(
      'METHOD_INVALID',
      `${text} exports no method; make it the default export, or export it as \`method\``,
      { module: text },
    );
  }
  const missing = FIELDS.find((field) => found[field] === undefined);
  if (missing) {
    throw new AutopruneError(
      'METHOD_INVALID',
      `The method of ${text} has no ${missing}; assertMethodContract of @autoprune/core/testing says what a method needs`,
      { module: text, field: missing },
    );
  }
  return found as Method;
}

async function importMethod(text: string): Promise<Method> {
  const file = isPath(text)
    ? resolve(text)
    : createRequire(join(process.cwd(), 'method.js')).resolve(text);
  return exportedMethod(text, await import(pathToFileURL(file).href));
}

/**
 * Loads the parts of `--method` that are files or packages, and registers what they export.
 *
 * @returns the text with names in their places
 * @throws METHOD_NOT_FOUND naming the file, METHOD_INVALID naming what is missing
 */
export async function loadMethodModules(text: string): Promise<string> {
  registerAllMethods();
  const known = new Set(registeredMethods().map(({ name }) => name));
  const names: string[] = [];
  for (const part of text.split('+').map((one) => one.trim())) {
    // Bare words are names: a misspelt one gets the nearest name, not a search for a package.
    if (known.has(part) || !(isPath(part) || part.startsWith('@'))) {
      names.push(part);
      continue;
    }
    let method: Method;
    try {
      method = await importMethod(part);
    } catch (error) {
      if (AutopruneError.isInstance(error)) throw error;
      throw new AutopruneError(
        'METHOD_NOT_FOUND',
        `The method module ${part} could not be loaded (${(error as Error).message.split('\n')[0]}); give a path to a .mjs file, or a package that is installed here`,
        { module: part },
        { cause: error },
      );
    }
    registerMethod(method);
    names.push(method.name);
  }
  return names.join('+');
}
